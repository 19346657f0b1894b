"""Times hostile shapes of text in every entry that reads a stranger's text, at three sizes, the largest first.

    python -m evals.hostile                          # every entry, every shape; the worst first
    python -m evals.hostile --entry numbers --all    # those whose name has the word; all rows

Time is the processor's. A row is wrong where it takes more than the floor and grows by more than the limit while the
text doubles, or where it was stopped; then the exit status is 1.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from evals.hostile.entries import Entry, entries
from evals.hostile.shapes import SHAPES, Shape
from rag.errors import CitewiseError

FLOOR, GROWTH = 0.05, 2.6
"""Seconds below which a growth tells nothing; how much a time may grow when the text doubles."""
STOPPED = 5.0
"""Seconds after which a reading is given up."""
SHOWN = 25


class Row(NamedTuple):
    """``seconds``: at a quarter of the size, at half, at the whole; None where it was not looked at, or stopped."""

    entry: str
    shape: Shape
    size: int
    seconds: tuple[float | None, float | None, float | None]
    failed: str = ""

    @property
    def growth(self) -> float:
        """Of the last doubling; 0 where that is too fast to tell."""
        _, half, whole = self.seconds
        if whole is None:
            return float("inf")
        return whole / max(half, 1e-9) if half is not None and whole >= FLOOR else 0.0

    @property
    def is_wrong(self) -> bool:
        return bool(self.failed) or self.growth > GROWTH


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entry", default="", help="only entries whose name has this in it")
    parser.add_argument("--all", action="store_true", help=f"all rows, not only the {SHOWN} worst")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        chosen = {name: entry for name, entry in entries(Path(folder)).items() if arguments.entry in name}
        if not chosen:
            parser.error(f"{arguments.entry}: no entry has that in its name")
        rows: list[Row] = []
        for name, entry in chosen.items():
            print(f"{name} …", end=" ", file=sys.stderr, flush=True)
            rows += _rows(name, entry)
    print(file=sys.stderr)
    rows.sort(key=lambda row: (row.is_wrong, row.growth if row.is_wrong else 0, row.seconds[2] or 0), reverse=True)
    for row in rows if arguments.all else rows[: max(SHOWN, sum(row.is_wrong for row in rows))]:
        print(_line(row))
    wrong = sum(row.is_wrong for row in rows)
    print(
        f"{len(chosen)} entries, {len(SHAPES)} shapes: {wrong} grow faster than the text"
        if wrong
        else f"{len(chosen)} entries, {len(SHAPES)} shapes: nothing grows faster than the text"
    )
    return 1 if wrong else 0


def _rows(name: str, entry: Entry) -> Iterator[Row]:
    _seconds(entry.read, "A first reading loads what it needs.")
    for shape in SHAPES:
        row = _row(name, entry, shape)
        # a busy machine makes single times long: what looks wrong is looked at again
        again = 2 if row.is_wrong and row.seconds[2] is not None else 0
        yield min((row, *(_row(name, entry, shape) for _ in range(again))), key=lambda r: r.growth)


def _row(name: str, entry: Entry, shape: Shape) -> Row:
    try:
        whole = _seconds(entry.read, shape.of(entry.size))
        if whole is None or whole < FLOOR:
            return Row(name, shape, entry.size, (None, None, whole))
        half = _seconds(entry.read, shape.of(entry.size // 2))
        return Row(name, shape, entry.size, (_seconds(entry.read, shape.of(entry.size // 4)), half, whole))
    except Exception as error:  # any: that is what is looked for
        return Row(name, shape, entry.size, (None, None, 0.0), f"{type(error).__name__}: {str(error)[:80]}")


class _Stopped(BaseException):
    """Not an Exception, so that nothing in between takes it for its own."""


def _stop(_: int, __: FrameType | None) -> None:
    raise _Stopped


def _seconds(read: Callable[[str], object], text: str) -> float | None:
    """The processor's seconds; None if it had to be stopped."""
    signal.signal(signal.SIGPROF, _stop)
    begun = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, STOPPED)
    try:
        read(text)
    except CitewiseError:
        pass  # refused
    except _Stopped:
        return None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return time.process_time() - begun


def _line(row: Row) -> str:
    told = [f"{s * 1000:8,.0f} ms" if s is not None else f"{'':>11}" for s in row.seconds]
    if row.seconds[2] is None:
        told[2] = f"   > {STOPPED:.0f} s  "
    growth = f"{row.growth:6.1f}×" if row.growth else f"{'':>7}"
    mark = "WRONG" if row.is_wrong else ""
    return f"{mark:5} {row.entry:30.30} {row.shape!s:24.24} {row.size:7,} {' '.join(told)} {growth} {row.failed}"


if __name__ == "__main__":
    sys.exit(main())
