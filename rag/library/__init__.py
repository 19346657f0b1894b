"""A library on disk. :mod:`.readers` reads files of papers, :mod:`.catalog` keeps them, :mod:`.vectors` finds them,
:mod:`.indexing` fills both.

:mod:`.library` holds the two in step under one lock; :mod:`.health` checks them; :mod:`.bibliography` gives papers back
to other programs.
"""
