"""Clients that others' generators make of our documents build, and work against a running instance."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from canbao.definitions import SERVICES
from canbao.documents import application, openapi_of

SCOPES = ("registration:read", "orders:write", "subsidy:read", "ledger:read")
HERE = Path(__file__).parent
BIN = Path(sys.executable).parent

pytestmark = [pytest.mark.clients, pytest.mark.timeout(600)]


def needs(*programs: str) -> pytest.MarkDecorator:
    """Skip where a program is missing; with CI=true that fails (tests/conftest.py)."""
    missing = [program for program in programs if shutil.which(program) is None]
    return pytest.mark.skipif(bool(missing), reason=f"needs {', '.join(missing)}")


def run(*command: str | Path, cwd: Path | None = None, **environment: str) -> str:
    """Run a program to its end; fail with what it said."""
    done = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{command[0]} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


@dataclass(frozen=True)
class Instance:
    """A running `canbao up` and what is needed to call it."""

    address: str
    token: str

    @property
    def environment(self) -> dict[str, str]:
        return {"CANBAO_ADDRESS": self.address, "CANBAO_TOKEN": self.token, "NO_PROXY": "127.0.0.1"}


@pytest.fixture(scope="module")
def instance() -> Iterator[Instance]:
    """The whole platform in a process of its own, with fresh data."""
    data = Path(tempfile.mkdtemp(prefix="canbao-clients-"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CANBAO_")}
    environment["CANBAO_DATA_DIR"] = str(data)
    command = [str(BIN / "canbao"), "up", "--port", "0"]
    with (
        (data / "stdout.log").open("w") as log,
        subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.PIPE, text=True) as process,
    ):
        try:
            assert process.stderr is not None
            said = iter(process.stderr)
            found = next(match for line in said if (match := re.match(r"Canbao listens on (\S+)", line)))
            command = [str(BIN / "canbao"), "token", *(f"--scope={scope}" for scope in SCOPES)]
            token = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
            yield Instance(found[1], token.stdout.strip())
        finally:
            process.terminate()
            process.wait()
    shutil.rmtree(data, ignore_errors=True)


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documents of all services, as they serve them."""
    directory = tmp_path_factory.mktemp("documents")
    for name in SERVICES:
        text = json.dumps(openapi_of(application(name)), ensure_ascii=False, indent=1)
        (directory / f"{name}.json").write_text(text, encoding="utf-8")
    return directory


@pytest.fixture(scope="module")
def npm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The TypeScript project with its packages installed."""
    project = tmp_path_factory.mktemp("npm") / "typescript"
    shutil.copytree(HERE / "typescript", project, ignore=shutil.ignore_patterns("node_modules"))
    run("npm", "ci", "--no-progress", cwd=project)
    return project


@needs("npm", "node")
class TestTypeScript:
    def test_redocly_finds_nothing(self, npm, documents):
        for name in SERVICES:
            run(
                npm / "node_modules/.bin/redocly",
                *("lint", "--config", HERE / "redocly.yaml", "--format", "json", documents / f"{name}.json"),
                REDOCLY_SUPPRESS_UPDATE_NOTICE="true",
                REDOCLY_TELEMETRY="off",
            )

    def test_openapi_typescript_makes_types_that_work(self, npm, documents, instance):
        for name in SERVICES:
            run(
                npm / "node_modules/.bin/openapi-typescript",
                *(documents / f"{name}.json", "-o", npm / "generated" / f"{name}.d.ts"),
                cwd=npm,
            )
        run(npm / "node_modules/.bin/tsc", "-p", npm, cwd=npm)

        said = run("node", npm / "built/src/check.js", cwd=npm, **instance.environment)

        assert said.count("ok: ") == 6


class TestPython:
    def test_openapi_python_client_makes_one_that_works(self, documents, instance, tmp_path):
        for name in SERVICES:
            said = run(
                BIN / "openapi-python-client",
                *("generate", "--meta", "none", "--config", HERE / "python/config.yaml"),
                *("--path", documents / f"{name}.json", "--output-path", tmp_path / f"{name}_client"),
            )
            assert "WARNING" not in said, said

        said = run(sys.executable, HERE / "python/check.py", PYTHONPATH=str(tmp_path), **instance.environment)

        assert said.count("ok: ") == 6


@needs("mvn", "javac")
class TestJava:
    def test_openapi_generator_makes_one_that_works(self, documents, instance, tmp_path):
        said = run(
            *("mvn", "-q", "-B", "-f", HERE / "java/pom.xml", f"-Ddocuments={documents}"),
            *(f"-Dtarget={tmp_path}", "compile", "exec:java"),
            **instance.environment,
        )

        assert said.count("ok: ") == 5
