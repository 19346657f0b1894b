"""How a question is answered: what the reader makes of the papers found, the verdict before writing, and the check of
what is written.

Here: :mod:`.check` (the gate), :mod:`.exact` (numbers and markup, compared letter by letter), :mod:`.verdict` (the
kinds of no).
"""
