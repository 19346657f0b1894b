"""What the catalogue is made of; put together by :mod:`rag.library.catalog`."""
