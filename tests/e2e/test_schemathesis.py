"""Every service answers as its OpenAPI document says: nothing undocumented, no other shape, no failure.

schemathesis asks for every operation with the examples of the document, and with every odd value that the
schemas suggest, right ones and wrong ones; always the same (tests/fuzz/schemathesis.toml has the seed).
CANBAO_FUZZ_EXAMPLES=50 adds so many random requests of each operation.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from canbao.definitions import SERVICES
from canbao.embedded_state import EmbeddedState
from canbao.process import take
from canbao.replay.run import all_in_one, temporary_data_dir
from libs.common.security.scopes import SCOPES
from libs.common.settings import REPOSITORY

FUZZ = REPOSITORY / "tests" / "fuzz"
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance"
)


@pytest.fixture(scope="module")
def serving() -> Iterator[tuple[str, str, Path]]:
    """All services in one process: address, a token that may do everything, and a directory."""
    with temporary_data_dir() as directory:
        directory.chmod(0o711)
        state = directory / "state"
        with all_in_one(state, take(), directory / "up.log") as url:
            token = EmbeddedState(state).signing_key().issue("schemathesis", list(SCOPES), "*")
            yield url, token, directory


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("service", SERVICES)
def test_a_service_answers_as_its_document_says(serving: tuple[str, str, Path], service: str) -> None:
    url, token, directory = serving
    more = os.environ.get("CANBAO_FUZZ_EXAMPLES")
    phases = "examples,coverage,fuzzing" if more else "examples,coverage"
    command = [sys.executable, "-W", "ignore", "-m", "schemathesis.cli"]
    asked = subprocess.run(
        [
            *command, "--config-file", FUZZ / "schemathesis.toml",
            "run", f"{url}/{service}/openapi.json", "--url", f"{url}/{service}",
            "--header", f"Authorization: Bearer {token}", "--checks", CHECKS, "--phases", phases,
            "--max-examples", more or "1", "--no-shrink", "--warnings", "off", "--continue-on-failure",
        ],
        cwd=directory, env=os.environ | {"PYTHONPATH": str(FUZZ), "NO_COLOR": "1"},
        capture_output=True, text=True, timeout=1700,
    )  # fmt: skip

    assert asked.returncode == 0, asked.stdout[-6000:] + asked.stderr[-2000:]
    assert "No issues found" in asked.stdout
