"""The page and the HTTP API: one process that serves a library to browsers and programs. ``citewise serve`` runs it."""
