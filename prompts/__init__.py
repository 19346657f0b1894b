"""What language models are told: one file a task, read by ``rag.models.prompts``.

A file starts with the names of its variables; each part is a message of the conversation. A variable stands in double
braces.
"""
