"""The library for assistants that speak the Model Context Protocol: over standard input and output (:mod:`.command`),
or at ``/mcp`` of the server.

:mod:`.tools` is what they can do, :mod:`.telling` how it is told, :mod:`.server` the protocol.
"""
