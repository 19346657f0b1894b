"""Model files on this machine: :mod:`.known` ones, :mod:`.pulling` them, and serving one (:mod:`.model`, with
:mod:`.server` as the child process).
"""
