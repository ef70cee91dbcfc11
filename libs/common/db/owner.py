"""Which process owns the server of a data directory: a lock that the kernel frees however the owner dies."""

import fcntl
import os
from pathlib import Path
from typing import IO


def own(data_dir: Path) -> IO[str] | None:
    """Take the lock of a data directory; None when another process has it. Closing the file gives it back."""
    lock = (data_dir / "lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def owner_of(data_dir: Path) -> str | None:
    """Give the id of the process that owns the server of a data directory; None when none does."""
    try:
        lock = (data_dir / "lock").open()
    except FileNotFoundError:
        return None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return lock.read() or "unknown"
    return None
