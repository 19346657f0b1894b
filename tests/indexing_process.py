"""Indexes a file with the fake embedder, slowly and in small steps, telling each step: for tests that stop it or run it
beside another.

python indexing_process.py LIBRARY FILE [LARGEST_FILE]: the last is the number of bytes to which a file may grow, as on
a full disk.
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

from fakes import FakeEmbedder

from rag.errors import CitewiseError
from rag.library import indexing, library


def tell(phase: str, done: int, total: int | None) -> None:
    print(phase, done, flush=True)
    time.sleep(0.002)


def main() -> None:
    folder, file = Path(sys.argv[1]), sys.argv[2]
    if len(sys.argv) > 3:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
    indexing._WRITTEN_TOGETHER, indexing._EMBEDDED_TOGETHER, library._BATCH = 8, 6, 10
    print("started", 0, flush=True)
    try:
        opened = library.Library(folder, create=True)
        try:
            print("report", indexing.index_papers(opened, FakeEmbedder(pause=0.002), [file], tell))
        finally:
            opened.close()
    except CitewiseError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
