"""Measures whole seasons on the embedded default: `python tests/bench/bench_season.py [--people N ...]`.

For each size the demo is played once on a fresh data directory. Figures: seconds of the season, people a
second, and the peak of the memory that all processes of the run held together (proportional set size, so that
memory which PostgreSQL's processes share counts once).
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.bench.memory import memory_kib, tree


def season(people: int) -> dict[str, float]:
    """Play one demo; the figures of the season, and of everything from the first to the last second."""
    directory = Path(tempfile.mkdtemp(prefix="canbao-bench-"))
    directory.chmod(0o711)
    command = [sys.executable, "-m", "canbao.cli", "demo", "--once", "--quiet", "--people", str(people)]
    began, peak = time.perf_counter(), 0
    try:
        process = subprocess.Popen(
            [*command, "--data-dir", str(directory / "demo")], stdout=subprocess.PIPE, text=True
        )
        while process.poll() is None:
            peak = max(peak, memory_kib(tree(process.pid)))
            time.sleep(1)
        output = process.stdout.read() if process.stdout else ""
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    if process.returncode != 0:
        raise SystemExit(f"the demo of {people} people failed:\n{output}")
    words = output.replace("\n", " ").split(" people in ")
    total, seconds = int(words[0].split()[-1].replace(",", "")), int(words[1].split()[0])
    return {
        "people": total,
        "season_seconds": seconds,
        "people_per_second": round(total / max(seconds, 1)),
        "all_seconds": round(time.perf_counter() - began, 1),
        "peak_mib": peak // 1024,
    }


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--people", type=int, nargs="+", default=[5_000, 20_000])
    for size in arguments.parse_args().people:
        sys.stdout.write(json.dumps(season(size)) + "\n")
        sys.stdout.flush()
