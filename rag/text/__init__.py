"""Text by itself: sentences with exact offsets, the words that carry meaning, numbers with units, text for people,
formulas and cells.

Pure; knows papers and questions as strings only.
"""
