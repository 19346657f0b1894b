"""Evidence tables: a row a paper, a column a question, in each cell an exact sentence of that abstract or that it
states nothing. What a table is, how it is filled, and the files that it is written to.
"""
