"""The Python client (:mod:`.client`) and what does its work: a library on this machine (:mod:`.embedded`) or a server
that has one (:mod:`.remote`).

:mod:`.engine` says what both can do, :mod:`.wire` what goes between them.
"""
