"""What asking a model takes: HTTP with an end in time, what faults mean, recorded replies, model files. Put together by :mod:`rag.llm`."""
