"""A text of a person's own -> what the library says of each of its sentences.

opening.py     a file -> its text, its form and the references it names
prose.py       text -> paragraphs and reference list, by its form (markdown.py, tex.py, plain.py, word.py)
traced.py      text whose characters know where in the source they stood
citing.py      the citations in a sentence
lookup.py      a citation -> papers of the library
claiming.py    which sentences claim anything
judging.py     the sentences -> their verdicts
report.py      what is told of a text
"""
