"""How much memory and processor time processes take together; memory that they share counts once."""

import os
import threading
from pathlib import Path
from types import TracebackType


def tree(root: int) -> set[int]:
    """The process and all its descendants."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, waiting = set(), [root]
    while waiting:
        pid = waiting.pop()
        found.add(pid)
        waiting.extend(children.get(pid, ()))
    return found


def memory_kib(pids: set[int]) -> int:
    """The proportional set size of these processes."""
    total = 0
    for pid in pids:
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return total


def processor_seconds(pids: set[int]) -> dict[int, float]:
    """The processor time of each of these processes so far, of its system calls too."""
    used = {}
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        used[pid] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return used


def seconds_since(before: dict[int, float], pids: set[int]) -> float:
    """The processor time of these processes since `before`; what ended meanwhile is not counted."""
    return sum(used - before.get(pid, 0.0) for pid, used in processor_seconds(pids).items())


class Peak:
    """The most that this process and its descendants held at once, looked at twice a second."""

    def __init__(self) -> None:
        self.kib = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "Peak":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.5):
            self.kib = max(self.kib, memory_kib(tree(os.getpid())))
