"""What computes. :mod:`.embedding` turns text into vectors, :mod:`.reader` is what judges questions beside abstracts
and claims beside evidence.

:mod:`.bundled_reader` and the bundled embedder ship with the package; an embedder on a server is
:mod:`.embedding_server`; language models live in :mod:`.chat`, over :mod:`.http` or from a file (:mod:`.local`). All
are handed in, never looked up.
"""
