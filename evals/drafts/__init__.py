"""A draft of two pages on the sample's papers, with 30 claims of which half are wrong in a way, and who is right.

``python -m evals.drafts LIBRARY`` verifies it and counts: right is a true claim that is supported, and a wrong one that
is not; of the latter, those that are only in doubt are told by themselves.
"""
