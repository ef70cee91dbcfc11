"""A played season for every file of tests that wants one: played once in a run, and copied for each.

Playing takes both cores for a minute and more; copying takes two seconds. The copies are whole, keys and
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
from tests.e2e.test_up import Up, running

#: Enough of them that every list has somebody on it.
PEOPLE = 100
PLAYING_SECONDS = 720


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
            tar.add(directory / "state", "state")
        fresh.replace(archive)


@contextmanager
def season_of(factory: pytest.TempPathFactory, **settings: str) -> Iterator[Up]:
    """Run a copy of the season that was played, ready to be asked."""
    own = factory.getbasetemp()
    archive = played(own.parent if "PYTEST_XDIST_WORKER" in os.environ else own)
    with temporary_data_dir() as directory:
        with tarfile.open(archive) as tar:
            # Owners and modes count: the database belongs to another user than the keys.
            tar.extractall(directory, numeric_owner=True, filter="fully_trusted")
        directory.chmod(0o711)
        with running(directory / "state", **settings) as up:
            up.wait_until_ready()
            yield up
            up.stop()
