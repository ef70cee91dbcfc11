"""Compares a benchmark with another checkout: `python tests/bench/paired.py ../before assess --runs 5`.

Runs alternate, so that what else the machine does falls on both alike. What follows `--` goes to the
benchmark: `paired.py ../before assess -- --questions 100000`. Both checkouts need their own `.venv`. Compared
are processor time, wall clock, and every figure that both print, by its place; the ratio is of the median
here to the median there.
"""

import argparse
import os
import re
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parents[2]
_NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?")

Figures = dict[str, float]


def main() -> int:
    """Run both in turn and print a table; exit 1 with `--at-most` when a time grew by more."""
    options = _options()
    there = Path(options.base).resolve()
    runs: dict[Path, list[Figures]] = {there: [], HERE: []}
    for number in range(options.runs):
        for checkout in (there, HERE) if number % 2 == 0 else (HERE, there):
            print(f"run {number + 1} of {options.runs} in {checkout.name}", file=sys.stderr, flush=True)
            runs[checkout].append(run(checkout, options.bench, options.arguments))
    table = compared(runs[there], runs[HERE])
    width = max(map(len, table))
    print(f"{'median':{width}}  {'there':>12}  {'here':>12}  ratio")
    for name, (before, after, ratio) in table.items():
        print(f"{name:{width}}  {before:12,.2f}  {after:12,.2f}  {ratio:5.2f}")
    return 1 if options.at_most and table["processor seconds"][2] > options.at_most else 0


def _options() -> argparse.Namespace:
    given, _, rest = " ".join(sys.argv[1:]).partition(" -- ")
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("base", help="the other checkout")
    parser.add_argument("bench", help="assess, bus, import, intake or season")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument(
        "--at-most", type=float, help="the largest ratio of processor time that is no failure"
    )
    options = parser.parse_args(given.split())
    options.arguments = rest.split()
    return options


def run(checkout: Path, bench: str, arguments: list[str]) -> Figures:
    """Run a benchmark once; give its figures by name."""
    command = [str(checkout / ".venv/bin/python"), f"tests/bench/bench_{bench}.py", *arguments]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    before, began = _processor_seconds(), time.perf_counter()
    done = subprocess.run(
        command, cwd=checkout, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    wall = time.perf_counter() - began
    figures = {"processor seconds": _processor_seconds() - before, "wall clock seconds": wall}
    return figures | printed(done.stdout)


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def printed(output: str) -> Figures:
    """Every number of the output, named by the words around it."""
    figures: Figures = {}
    for line in output.splitlines():
        for number in _NUMBER.finditer(line):
            words = _NUMBER.sub("#", line[: number.start()])[-30:] + "*" + line[number.end() :][:20]
            name, again = " ".join(words.split()), 1
            while name in figures:
                again += 1
                name = f"{' '.join(words.split())} ({again})"
            figures[name] = float(number[0].replace(",", ""))
    return figures


def compared(there: list[Figures], here: list[Figures]) -> dict[str, tuple[float, float, float]]:
    """Medians and their ratio, of what every run printed."""
    names = [name for name in there[0] if all(name in figures for figures in (*there, *here))]
    table = {}
    for name in names:
        before, after = (median(figures[name] for figures in runs) for runs in (there, here))
        table[name] = (before, after, after / before if before else float("nan"))
    return table


if __name__ == "__main__":
    sys.exit(main())
