"""A conversation: :mod:`.chat` keeps it, :mod:`.standalone` and :mod:`.followups` make a question stand alone by rules,
:mod:`.rewriting` with a model.

:mod:`.exporting` gives it away as Markdown.
"""
