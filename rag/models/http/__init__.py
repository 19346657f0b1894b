"""HTTP to a model's server with an end in time: :mod:`.transport` carries, :mod:`.attempts` tries again, :mod:`.faults`
tells a person what failed.

Knows HTTP, and nothing of what is asked.
"""
