"""One module a plan: each turns what a question wants into a reply.

:mod:`.finding` all papers that match, and how many; :mod:`.records` what the catalogue knows; :mod:`.comparing` papers
side by side; :mod:`.overview` what a library is about; :mod:`.sourcing` where a text is from. Facts, summaries and what
papers say across are written from what was read (:mod:`rag.answering.writing.extracts`).
"""
