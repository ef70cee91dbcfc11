"""Unit tests reach nothing outside of the process: sockets are blocked (the event loop's own pair is not)."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_socket import disable_socket, enable_socket


@pytest.fixture(autouse=True)
def no_sockets() -> Iterator[None]:
    """Fail a unit test that opens a socket."""
    disable_socket(allow_unix_socket=True)
    yield
    enable_socket()


VECTORS = Path(__file__).parents[1] / "vectors"


@pytest.fixture(scope="session", params=["committed", *(["fresh"] if shutil.which("openssl") else [])])
def vectors(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Callable[[str], Any]:
    """Read a file of vectors: the committed ones, and ones made anew where there is openssl."""
    directory = VECTORS
    if request.param == "fresh":
        directory = tmp_path_factory.mktemp("vectors")
        subprocess.run([sys.executable, VECTORS / "make.py", directory], check=True)
    return lambda name: json.loads((directory / name).read_text(encoding="utf-8"))
