"""What a written sentence may not do to its evidence, rule by rule; put together by :mod:`rag.grounding`."""
