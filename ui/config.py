"""What a server was told when it was started."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

MEGABYTE = 1 << 20
LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
"""Names under which this machine reaches itself."""


def is_loopback(host: str) -> bool:
    """Whether a name or address is this machine's own."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in LOCAL_NAMES


@dataclass(frozen=True, slots=True)
class Config:
    """``known_as``: other names under which it is reached, by a proxy on this machine. ``auth``: the file of users, who
    sign in on the page. ``token``: what programs send as ``Authorization: Bearer``. ``runs``: a folder of eval runs to
    show under ``/runs/``. ``max_upload`` is in bytes, ``waiting`` in questions, ``at_once`` both of questions and of
    searches.
    """

    host: str = "127.0.0.1"
    port: int = 7860
    known_as: tuple[str, ...] = ()
    auth: Path | None = None
    token: str | None = field(default=None, repr=False)
    insecure: bool = False
    max_upload: int = 50 * MEGABYTE
    at_once: int = 4
    waiting: int = 32
    runs: Path | None = None
    page: bool = True
    log: bool = False

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches it, as far as it knows."""
        return is_loopback(self.host) and not self.known_as

    @property
    def is_open(self) -> bool:
        """Whether nobody is asked who they are."""
        return self.auth is None and self.token is None

    @property
    def is_for_programs(self) -> bool:
        """Whether only who has the token comes in; a browser does not send it."""
        return self.auth is None and self.token is not None
