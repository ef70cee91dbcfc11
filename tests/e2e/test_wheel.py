"""The built wheel is whole: in an empty environment and an empty directory it plays the demo.

The environment sees the installed dependencies, and nothing of this checkout.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from libs.common.settings import REPOSITORY

#: What a build reads.
SOURCES = ("canbao", "libs", "services", "policies", "pyproject.toml", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def directory() -> Iterator[Path]:
    """Readable by all: for root an unprivileged user runs PostgreSQL from in here."""
    path = Path(tempfile.mkdtemp(prefix="canbao-wheel-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def wheel(directory: Path) -> Path:
    """Built from a copy, so that nothing is left behind here and nothing old gets in."""
    source = directory / "source"
    source.mkdir()
    for name in SOURCES:
        copy = shutil.copytree if (REPOSITORY / name).is_dir() else shutil.copy
        copy(REPOSITORY / name, source / name)
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(directory / "dist")]
    built = subprocess.run([*build, str(source)], capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    [wheel] = (directory / "dist").glob("*.whl")
    return wheel


class Installed:
    """A virtual environment with the wheel in it, used from an empty directory."""

    def __init__(self, directory: Path, wheel: Path) -> None:
        self.home = directory / "venv"
        self.empty = directory / "empty"
        self.empty.mkdir()
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(self.home)], check=True)
        python = str(self.home / "bin" / "python")
        pip = [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check", "--quiet"]
        subprocess.run([*pip, "install", "--no-deps", "--no-index", str(wheel)], check=True)
        [packages] = (self.home / "lib").glob("python3*/site-packages")
        # A line of a .pth file adds a directory, but not what the .pth files of that directory add.
        (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment, with no variable of ours but those given."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        return subprocess.run(
            [str(self.home / "bin" / command[0]), *command[1:]],
            cwd=self.empty,
            env={**kept, "HOME": str(self.empty), **environment},
            capture_output=True,
            text=True,
            timeout=240,
        )


@pytest.fixture(scope="module")
def installed(directory: Path, wheel: Path) -> Installed:
    return Installed(directory, wheel)


class TestWheel:
    def test_carries_every_policy_and_says_that_it_is_typed(self, wheel: Path) -> None:
        names = set(zipfile.ZipFile(wheel).namelist())
        policies = {
            str(path.relative_to(REPOSITORY))
            for path in (REPOSITORY / "policies").rglob("*")
            if path.suffix in (".yaml", ".json")
        }

        assert len(policies) > 2
        assert policies | {f"{package}/py.typed" for package in ("canbao", "libs", "services")} <= names
        assert not [name for name in names if name.startswith("tests/")]

    def test_brings_code_and_policies_of_its_own(self, installed: Installed) -> None:
        program = (
            "import json, canbao, libs, services, services.ledger.app, canbao.documents\n"
            "from libs.common.policy import policies_dir\n"
            "from libs.common.settings import CommonSettings\n"
            "print(json.dumps([canbao.__file__, libs.__file__, services.__file__, str(policies_dir()),"
            " str(CommonSettings().policies_dir)]))"
        )
        found = installed.run("python", "-c", program)

        assert found.returncode == 0, found.stderr
        assert all(path.startswith(str(installed.home)) for path in json.loads(found.stdout))

    def test_checks_its_policies_or_those_of_a_directory_that_is_named(self, installed: Installed) -> None:
        shipped = installed.run("canbao", "policy", "check")
        own = installed.empty.parent / "own"
        shutil.copytree(REPOSITORY / "policies" / "youxi", own / "youxi")
        named = installed.run("canbao", "policy", "check", CANBAO_POLICIES_DIR=str(own))

        assert shipped.returncode == named.returncode == 0, shipped.stdout + named.stdout
        assert "huining/2021.yaml: good" in shipped.stdout
        assert [line.partition(": good")[0] for line in named.stdout.splitlines()] == [
            str(own / "youxi" / "2020.yaml")
        ]

    @pytest.mark.timeout(300)
    def test_plays_the_demo_in_an_empty_directory(self, installed: Installed) -> None:
        data = str(installed.home.parent / "demo")
        played = installed.run("canbao", "demo", "--once", "--json", "--people", "60", "--data-dir", data)

        assert played.returncode == 0, played.stdout + played.stderr
        assert all(totals["handovers"] for totals in json.loads(played.stdout).values())
        assert list(installed.empty.iterdir()) == []
