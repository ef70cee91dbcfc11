"""The user who runs the embedded PostgreSQL, and what that user may reach.

PostgreSQL refuses to run as root. Started by root, the server therefore runs as an unprivileged user that the
system already has; no user is made and no directory of anyone else is opened for it.
"""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from libs.common.settings import SettingInvalid

#: Users that root may lend to the server, the best first: `postgres` where the system has it.
UNPRIVILEGED = ("postgres", "nobody")


class PopenOptions(TypedDict, total=False):
    """Arguments of `subprocess`."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """A system user by name and numbers."""

    name: str
    uid: int
    gid: int

    @property
    def popen_options(self) -> PopenOptions:
        """What `subprocess` needs to start a process as this user; nothing when we are this user already."""
        if os.geteuid() == self.uid:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


class NoUnprivilegedUser(Exception):
    """Root has no user to lend to PostgreSQL."""


def account_of(uid: int) -> Account:
    """Look up the user with number `uid`; a number without a name is shown as the number."""
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return Account(str(uid), uid, os.getegid())
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def server_account(cluster: Path) -> Account:
    """Say as whom the server of `cluster` runs: its owner, or who suits one that is yet to be made."""
    if os.geteuid() != 0:
        return account_of(os.geteuid())
    if cluster.is_dir() and (owner := cluster.stat().st_uid) != 0:
        return account_of(owner)
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise NoUnprivilegedUser(
        f"PostgreSQL does not run as root and there is none of the users {', '.join(UNPRIVILEGED)}; "
        "run as another user, or set CANBAO_*_DATABASE_URL to a server of your own"
    )


def make_private(directory: Path) -> None:
    """Make `directory` for us alone, unless it is in use already. Raises SettingInvalid.

    Root's stays passable, though not listable: the server's user must reach its cluster below.
    """
    try:
        fresh = not directory.exists() or not any(directory.iterdir())
        directory.mkdir(parents=True, exist_ok=True)
        if fresh:
            directory.chmod(0o711 if os.geteuid() == 0 else 0o700)
    except OSError as error:
        raise SettingInvalid(
            f"the directory {directory} cannot be made or used ({error.strerror}): choose another with "
            "--data-dir or CANBAO_DATA_DIR"
        ) from error


def may_pass(directory: Path, account: Account) -> bool:
    """Say whether `account` may go through `directory` and everything above it, judging by the mode bits."""
    directory = directory.resolve()
    return all(_allows(part, account, stat.S_IXOTH) for part in (directory, *directory.parents))


def may_read(path: Path, account: Account) -> bool:
    """Say whether `account` can read `path` (list it, for a directory), judging by the mode bits."""
    path = path.resolve()
    return may_pass(path.parent, account) and _allows(path, account, stat.S_IROTH)


def _allows(path: Path, account: Account, bit: int) -> bool:
    if account.uid == 0:
        return True
    found = path.stat()
    if found.st_uid == account.uid:
        bit <<= 6
    elif found.st_gid == account.gid:
        bit <<= 3
    return bool(found.st_mode & bit)
