"""Folders for files that are gone with the server, or, where it was killed, with the next one that starts."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

_NAME = re.compile(r"citewise-(?:page|upload)-(\d+)-\w+")


def own_folder(use: str) -> Path:
    """A new folder that only this user may look into; ``use`` is "page" or "upload"."""
    return Path(tempfile.mkdtemp(prefix=f"citewise-{use}-{os.getpid()}-"))


def clear_left_behind() -> None:
    """Deletes the folders of servers of this user that are no more."""
    if os.name != "posix":
        return
    for folder in Path(tempfile.gettempdir()).glob("citewise-*"):
        match = _NAME.fullmatch(folder.name)
        try:
            is_ours = match is not None and not folder.is_symlink() and folder.stat().st_uid == os.getuid()
        except OSError:
            continue
        if match and is_ours and not _is_running(int(match[1])):
            shutil.rmtree(folder, ignore_errors=True)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        pass  # it is another user's
    return True
