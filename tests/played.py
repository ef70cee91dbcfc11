"""A played season for every file of tests that wants one: played once in a run, and copied for each.

Playing takes both cores for half a minute and more; copying takes two seconds. The copies are whole, keys and
databases and all, so that what a file does to its people no other file sees.
"""

import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from canbao.embedded_state import alone
from canbao.replay.run import temporary_data_dir

#: Enough of them that every list has somebody on it.
PEOPLE = 100
PLAYING_SECONDS = 720
#: What is kept of a demo: its data directory, and what was to be played.
STATE, SCENARIO = "state", "season.jsonl"
SEASONS = [("huining", 2021), ("youxi", 2020)]


def played(run: Path) -> Path:
    """The archive of the season that this run of the tests has played; whoever asks first plays it."""
    archive = run / "season.tar"
    with alone(run):
        if not archive.exists():
            _play(archive)
    return archive


def _play(archive: Path) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CANBAO_")}
    # Not beside the archive: what pytest keeps is closed to the user who runs the database for root.
    with temporary_data_dir() as directory:
        arguments = ["demo", "--people", str(PEOPLE), "--once", "--quiet", "--data-dir", str(directory)]
        command = [sys.executable, "-m", "canbao.cli", *arguments]
        ended = subprocess.run(command, env=clean, capture_output=True, text=True, timeout=PLAYING_SECONDS)
        assert ended.returncode == 0, f"the demo ended with {ended.returncode}: {ended.stderr[-4000:]}"
        fresh = archive.with_suffix(".new")
        with tarfile.open(fresh, "w") as tar:
            tar.add(directory / STATE, STATE)
            tar.add(directory / SCENARIO, SCENARIO)
        fresh.replace(archive)


@contextmanager
def copied(factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory with STATE, a data directory of one's own in which a season was played, and SCENARIO."""
    own = factory.getbasetemp()
    archive = played(own.parent if "PYTEST_XDIST_WORKER" in os.environ else own)
    with temporary_data_dir() as directory:
        with tarfile.open(archive) as tar:
            # Owners and modes count: the database belongs to another user than the keys.
            tar.extractall(directory, numeric_owner=True, filter="fully_trusted")
        directory.chmod(0o711)
        yield directory
