"""What follow-up questions leave out, and how it is put back; pure rules, put together by
:mod:`rag.conversation.standalone`.
"""
