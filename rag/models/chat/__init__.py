"""A language model, asked for one reply: :mod:`.llm` asks, :mod:`.receiving` reads what is streamed, :mod:`.thoughts`
takes out what is no reply.

:mod:`.replies` records and replays, :mod:`.stopping` stops it from another thread.
"""
