"""Citewise beside other libraries on the same work: the same papers, the same embedding model, each library in its
documented way.

Nothing of theirs is installed with Citewise. Each has a short script here that its own interpreter runs, in an
environment that you make as the script's docstring tells; see :mod:`evals.peers.__main__` for the command.
"""
