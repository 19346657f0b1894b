"""The reader, from items that people wrote to the file that ships. Only for making it: nothing of the product imports
this.
"""
