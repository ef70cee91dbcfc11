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


def main() -> None:
    """Run the command once and print its figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--questions", type=int, default=1_000_000)
    options.add_argument("--no-trace", action="store_true")
    chosen = options.parse_args()
    command = [str(Path(sys.executable).with_name("canbao")), "assess", "-"]
    started = time.perf_counter()
    load_all()
    print(f"all notices loaded in {(time.perf_counter() - started) * 1000:.0f} ms")
    lines, started = questions(), time.perf_counter()
    with subprocess.Popen(
        [*command, "--no-trace"] if chosen.no_trace else command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        feeder = threading.Thread(target=feed, args=(process.stdin, lines, chosen.questions))
        feeder.start()
        answered = size = 0
        while piece := process.stdout.read(_PIECE):
            answered, size = answered + piece.count(b"\n"), size + len(piece)
        feeder.join()
    seconds = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime
    assert (process.returncode, answered) == (0, chosen.questions)
    print(f"{answered:,} answers, {size / 1e6:,.0f} MB, of {len(lines)} different questions")
    print(f"processor {cpu:.1f} s: {answered / cpu:,.0f} a second on one core")
    print(f"wall clock {seconds:.1f} s: {answered / seconds:,.0f} a second")
    print(f"peak memory {used.ru_maxrss / 1024:.1f} MiB")


if __name__ == "__main__":
    main()
