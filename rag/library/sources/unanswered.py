"""What it means that a source gave nothing."""

from __future__ import annotations


class Unanswered(Exception):
    """A source gave no reply, or one that says no; the message is one line that ends in the remedy. Never leaves this
    package.
    """


class Refused(Unanswered):
    """The source does not take what was asked, whoever asks how often. ``status``: 404 where it has no such thing."""

    def __init__(self, why: str, status: int) -> None:
        super().__init__(why)
        self.status = status
