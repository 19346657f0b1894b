"""How a question can differ from what a sentence says, kind by kind; weighed by :mod:`rag.premise`."""
