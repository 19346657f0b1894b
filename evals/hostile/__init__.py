"""What a stranger's text costs: hostile shapes of text at three sizes through every entry that reads one.

__main__.py    python -m evals.hostile: times them, prints the table, fails where one grows faster than its text
shapes.py      the shapes
entries.py     the entries
"""
