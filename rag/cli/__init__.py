"""The command line: the client in a terminal. :mod:`.commands` has them all, :mod:`.terminal` shows what they give."""
