"""The engine over a server that has the library."""
