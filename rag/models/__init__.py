"""What computes. Here: the reader, a small trained model that judges questions beside abstracts and claims beside
their evidence.

A protocol, :class:`rag.models.reader.Reader`, and the one that ships,
:class:`rag.models.bundled_reader.BundledReader`. Handed in, never looked up.
"""
