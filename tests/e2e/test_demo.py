"""`canbao demo` beside another one, and when its terminal is closed."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from libs.common.db.owner import owner_of

COMMAND = [sys.executable, "-m", "canbao.cli", "demo", "--quiet", "--people", "50"]


@pytest.fixture
def directory() -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="canbao-demo-"))
    yield place / "demo"
    shutil.rmtree(place)


@pytest.fixture
def running(directory: Path) -> Iterator[subprocess.Popen[str]]:
    """A demo that has played its season and stays up."""
    process = subprocess.Popen(
        [*COMMAND, "--data-dir", str(directory)], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "Ctrl-C stops it" in line:
            break
    yield process
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        process.wait(60)
    process.stdout.close()


@pytest.mark.timeout(300)
def test_leaves_another_that_runs_alone_and_ends_with_its_terminal(
    directory: Path, running: subprocess.Popen[str]
) -> None:
    papers = (
        "bulletin",
        "score-sheet",
        "handover-finance",
        "alerts",
        "reminders",
        "to-telephone",
        "differences",
    )
    assert [one for one in papers if not (directory / f"{one}.html").exists()] == []
    assert "已解除" in (directory / "alerts.html").read_text(encoding="utf-8")
    # The tax bureau's days differ, and nobody has said anything of it.
    assert "待处理" in (directory / "differences.html").read_text(encoding="utf-8")
    owner = owner_of(directory / "state" / "postgresql")
    assert owner is not None
    second = subprocess.run(
        [*COMMAND, "--once", "--data-dir", str(directory)], capture_output=True, text=True, check=False
    )
    assert (second.returncode, owner in second.stderr) == (1, True), second.stderr
    assert owner_of(directory / "state" / "postgresql") == owner

    running.send_signal(signal.SIGHUP)
    running.wait(60)
    deadline = time.monotonic() + 60
    while _lives(int(owner)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _lives(int(owner))
    assert owner_of(directory / "state" / "postgresql") is None


def _lives(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True
