"""On SQLite one process executes runs; a lock on a file in the home says which."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def worker_lock(home: Path) -> Iterator[bool]:
    """Yields whether this process is the one. The system releases the lock when the process ends, however it ends."""
    home.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(home / "worker.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(descriptor)
