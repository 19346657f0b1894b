"""The file of users: a line each, with a hash of the password that only scrypt can make.

    ada:scrypt:15:8:3:<salt, hex>:<hash, hex>          log2 of N, r, p; see RFC 7914

It is read anew when it changes, so that users can be added while a server runs.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore

from rag.errors import StorageError, UsageError

LEAST_PASSWORD = 8
_LONGEST_PASSWORD = 1024
_NAME = re.compile(r"[\w.@+-]{1,64}")
_COST = (15, 8, 3)
_SALT, _LENGTH = 16, 32
_MEMORY = 1 << 27
_REMEMBERED = 256


@dataclass(frozen=True, slots=True)
class _Hash:
    cost: tuple[int, int, int]
    salt: bytes
    digest: bytes

    @classmethod
    def of(cls, password: str) -> _Hash:
        salt = secrets.token_bytes(_SALT)
        return cls(_COST, salt, _scrypt(password, salt, _COST))

    def fits(self, password: str) -> bool:
        return hmac.compare_digest(_scrypt(password, self.salt, self.cost), self.digest)

    def __str__(self) -> str:
        return ":".join(("scrypt", *map(str, self.cost), self.salt.hex(), self.digest.hex()))


class Users:
    """Who may sign in. Safe for threads; at most two passwords are hashed at a time, for each takes 32 MB and a good
    part of a second.
    """

    def __init__(self, path: Path) -> None:
        """Raises UsageError where there is no such file, others may read it, or a line is none of ours."""
        self.path = path
        self._hashing = BoundedSemaphore(2)
        self._nobody = _Hash.of(secrets.token_hex())
        self._secret = secrets.token_bytes(32)
        self._right: dict[bytes, None] = {}
        self._stamp, self._hashes = _stamp(path), read_users(path)

    def fits(self, name: str, password: str) -> bool:
        """Whether a user of that name has that password; it takes as long where there is none."""
        known = self._current()
        found = known.get(name)
        if len(password) > _LONGEST_PASSWORD:
            return False
        told = f"{name}\0{password}\0{found}".encode("utf-8", "surrogatepass")
        key = hmac.digest(self._secret, told, "sha256")
        if key in self._right:  # a program sends its password with each request
            return True
        with self._hashing:
            right = (found or self._nobody).fits(password) and found is not None
        if right:
            while len(self._right) >= _REMEMBERED:
                self._right.pop(next(iter(self._right)), None)
            self._right[key] = None
        return right

    def mark(self, name: str) -> bytes | None:
        """What changes with a user's password; None where there is no such user."""
        found = self._current().get(name)
        return None if found is None else hashlib.sha256(str(found).encode()).digest()

    def _current(self) -> dict[str, _Hash]:
        stamp = _stamp(self.path)
        if stamp != self._stamp:
            self._hashes, self._stamp = read_users(self.path), stamp
        return self._hashes


def read_users(path: Path) -> dict[str, _Hash]:
    """The users of a file. Raises UsageError where it cannot be used."""
    add = f"Add somebody with: citewise serve --auth {path} --add-user NAME"
    try:
        mode, text = path.stat().st_mode, path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path}: no file of users ({getattr(error, 'strerror', None) or 'not text'}).", add
        ) from error
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UsageError(
            f"{path}: others on this machine may read or change it.", f"Close it to them with: chmod 600 {path}"
        )
    users = dict(
        _read(line, f"{path}:{n}")
        for n, line in enumerate(text.splitlines(), 1)
        if line.strip() and not line.startswith("#")
    )
    if not users:
        raise UsageError(f"{path}: there is no user in it.", add)
    return users


def add_user(path: Path, name: str, password: str) -> None:
    """Adds a user, or gives one another password; makes the file where it is not there. Raises UsageError,
    StorageError.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r}: no name for a user.", "Take letters, digits, dots, hyphens, + and @, 64 at most.")
    if not LEAST_PASSWORD <= len(password) <= _LONGEST_PASSWORD:
        raise UsageError(f"The password has {len(password)} characters.", f"Take {LEAST_PASSWORD} or more.")
    users = read_users(path) if path.exists() and path.stat().st_size else {}
    users[name] = _Hash.of(password)
    fresh = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.writelines(f"{user}:{kept}\n" for user, kept in users.items())
        fresh.replace(path)
    except OSError as error:
        raise StorageError(f"{path}: cannot be written ({error.strerror}).", "Choose another place.") from error


def _read(line: str, where: str) -> tuple[str, _Hash]:
    try:
        name, kind, n, r, p, salt, digest = line.strip().split(":")
        cost = (int(n), int(r), int(p))
        if kind != "scrypt" or not (
            10 <= cost[0] <= 20 and 1 <= cost[1] <= 16 and 1 <= cost[2] <= 16 and len(digest) == 2 * _LENGTH
        ):
            raise ValueError("not made by us")
        return name, _Hash(cost, bytes.fromhex(salt), bytes.fromhex(digest))
    except ValueError as error:
        raise UsageError(
            f"{where}: this line is no user.", "Take it out, and add the user again with --add-user."
        ) from error


def _scrypt(password: str, salt: bytes, cost: tuple[int, int, int]) -> bytes:
    told = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(told, salt=salt, n=1 << cost[0], r=cost[1], p=cost[2], maxmem=_MEMORY, dklen=_LENGTH)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino
