"""`canbao demo` beside another one, and when its terminal is closed."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from libs.common.db.owner import owner_of

COMMAND = [sys.executable, "-m", "canbao.cli", "demo", "--quiet", "--people", "50"]


@pytest.fixture
def directory() -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="canbao-demo-"))
    yield place / "demo"
    shutil.rmtree(place)


@dataclass
class Running:
    """A demo that stays up, and the lines that it has printed."""

    process: subprocess.Popen[str]
    said: list[str]


@pytest.fixture
def running(directory: Path) -> Iterator[Running]:
    """A demo that has played its season."""
    process = subprocess.Popen(
        [*COMMAND, "--data-dir", str(directory)], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if "Ctrl-C stops it" in line:
            break
    yield Running(process, said)
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        process.wait(60)
    process.stdout.close()


@pytest.mark.timeout(300)
def test_leaves_another_that_runs_alone_and_ends_with_its_terminal(directory: Path, running: Running) -> None:
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
    _plays_bank_and_bureaus(running.said)
    owner = owner_of(directory / "state" / "postgresql")
    assert owner is not None
    second = subprocess.run(
        [*COMMAND, "--once", "--data-dir", str(directory)], capture_output=True, text=True, check=False
    )
    assert (second.returncode, owner in second.stderr) == (1, True), second.stderr
    assert owner_of(directory / "state" / "postgresql") == owner

    payer, number = re.findall(r"小程序: (http://\S+?)/, for \S+ (\S+)", "".join(running.said))[0]
    asked = httpx.get(payer, timeout=30)
    assert asked.is_success and "我该缴多少" in asked.text and number not in asked.text

    running.process.send_signal(signal.SIGHUP)
    running.process.wait(60)
    with pytest.raises(httpx.ConnectError):
        httpx.get(payer)
    deadline = time.monotonic() + 60
    while _lives(int(owner)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _lives(int(owner))
    assert owner_of(directory / "state" / "postgresql") is None


def _plays_bank_and_bureaus(said: Sequence[str]) -> None:
    """One account and one row of each party are refused, and everything else goes through."""
    debits = re.search(
        r"Debits .*: (\d+) accounts asked for, (\d+) paid \(([\d,.]+) yuan\), (\d+) refused", "".join(said)
    )
    assert debits is not None, said
    asked, paid, yuan, refused = debits.groups()
    assert (int(paid), refused) == (int(asked) - 1, "1") and float(yuan.replace(",", "")) == 250 * int(paid)
    exchange = re.search(
        r"Exchange .*: of (\d+) dues .* took (\d+) and refused (\d+); "
        r"of (\d+) payments .* confirmed (\d+) and refused (\d+)",
        "".join(said),
    )
    assert exchange is not None, said
    dues, taken, no, payments, confirmed, denied = map(int, exchange.groups())
    assert (taken, no) == (dues - 1, 1)
    assert (confirmed, denied) == (payments - 1, 1) and confirmed > 50


def _lives(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True
