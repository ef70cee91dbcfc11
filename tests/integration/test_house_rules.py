"""The rules of tests/conftest.py hold: no skipping in CI, benchmarks wait, unit tests open no sockets."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

SUITE = """
import socket
import pytest

def test_passes(): pass

@pytest.mark.skip(reason="no Java here")
def test_skipped(): pass

@pytest.mark.bench
def test_measures(): pass
"""

SOCKET = """
import socket

def test_opens(): socket.socket()
"""


@pytest.fixture
def suite(tmp_path):
    """A small suite below the real conftest files."""
    shutil.copy(TESTS / "conftest.py", tmp_path / "conftest.py")
    (tmp_path / "test_suite.py").write_text(SUITE)
    (tmp_path / "test_module.py").write_text(
        "import pytest\npytest.skip('not here', allow_module_level=True)\n"
    )
    (tmp_path / "unit").mkdir()
    shutil.copy(TESTS / "unit" / "conftest.py", tmp_path / "unit" / "conftest.py")
    (tmp_path / "unit" / "test_socket.py").write_text(SOCKET)
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\nmarkers = bench: measures\n")
    return tmp_path


def outcome(suite: Path, *arguments: str, ci: str) -> str:
    """Run the small suite; give pytest's last line."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    environment = {**os.environ, "CI": ci, "PYTHONPATH": str(TESTS.parent)}
    done = subprocess.run(command, cwd=suite, env=environment, capture_output=True, text=True, timeout=60)
    return done.stdout.splitlines()[-1]


class TestSkipping:
    def test_is_allowed_at_home(self, suite):
        assert "1 passed, 1 skipped, 1 deselected" in outcome(suite, "test_suite.py", ci="")
        assert "1 skipped" in outcome(suite, "test_module.py", ci="")

    def test_fails_in_ci(self, suite):
        assert "1 passed, 1 deselected, 1 error" in outcome(suite, "test_suite.py", ci="true")
        assert "1 error" in outcome(suite, "test_module.py", ci="true")


class TestBenchmarks:
    def test_run_only_when_asked_for(self, suite):
        assert "1 passed, 2 deselected" in outcome(suite, "-m", "bench", "test_suite.py", ci="true")


class TestUnitTests:
    def test_open_no_sockets(self, suite):
        assert "1 failed" in outcome(suite, "unit", ci="")
