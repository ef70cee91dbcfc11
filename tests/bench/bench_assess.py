"""Measures assessments by the real command: `python tests/bench/bench_assess.py --questions 1000000`.

The questions are the worked cases beside all notices, over and over, fed through a pipe; the answers, with
their traces, are read and counted. Processor time and memory are those of `canbao assess` alone.
"""

import argparse
import resource
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import orjson

from libs.common.policy import load_all, policies_dir
from libs.common.policy.cases import load_cases

_PIECE = 1 << 16


def questions() -> list[bytes]:
    """One line for each worked case of every notice."""
    return [
        orjson.dumps(case.question) + b"\n"
        for notice in load_all().values()
        for case in load_cases(notice, policies_dir() / notice.county / f"{notice.year}.cases.yaml")
    ]


def feed(pipe: BinaryIO, lines: list[bytes], count: int) -> None:
    """Write so many questions, a round of all cases at a time."""
    with pipe:
        whole, rest = divmod(count, len(lines))
        together = b"".join(lines)
        for _ in range(whole):
            pipe.write(together)
        pipe.write(b"".join(lines[:rest]))


@dataclass(frozen=True, slots=True)
class Answered:
    """What one run of the command took; `processor_seconds` are those of the command alone."""

    answers: int
    size: int
    processor_seconds: float
    seconds: float

    @property
    def per_second(self) -> float:
        """Answers a second of one core's time."""
        return self.answers / self.processor_seconds


def answered(lines: list[bytes], count: int, *, trace: bool = True) -> Answered:
    """Run the command once, with `count` questions."""
    command = [str(Path(sys.executable).with_name("canbao")), "assess", "-"]
    before, started = _children_seconds(), time.perf_counter()
    with subprocess.Popen(
        command if trace else [*command, "--no-trace"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        feeder = threading.Thread(target=feed, args=(process.stdin, lines, count))
        feeder.start()
        answers = size = 0
        while piece := process.stdout.read(_PIECE):
            answers, size = answers + piece.count(b"\n"), size + len(piece)
        feeder.join()
    assert (process.returncode, answers) == (0, count)
    return Answered(answers, size, _children_seconds() - before, time.perf_counter() - started)


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Run the command once and print its figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--questions", type=int, default=1_000_000)
    options.add_argument("--no-trace", action="store_true")
    chosen = options.parse_args()
    started = time.perf_counter()
    load_all()
    print(f"all notices loaded in {(time.perf_counter() - started) * 1000:.0f} ms")
    lines = questions()
    run = answered(lines, chosen.questions, trace=not chosen.no_trace)
    peak_kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(f"{run.answers:,} answers, {run.size / 1e6:,.0f} MB, of {len(lines)} different questions")
    print(f"processor {run.processor_seconds:.1f} s: {run.per_second:,.0f} a second on one core")
    print(f"wall clock {run.seconds:.1f} s: {run.answers / run.seconds:,.0f} a second")
    print(f"peak memory {peak_kib / 1024:.1f} MiB")


if __name__ == "__main__":
    main()
