"""The archive of an embedded server's log: a directory that the server's own user can write."""

import os
from pathlib import Path

from libs.common.db.account import Account, may_pass


class ArchiveUnusable(Exception):
    """The server could not copy its log there; the message says what to do."""


def make_archive(archive: Path, account: Account) -> None:
    """Make the directory for the server's user alone, or check one that is there. Raises ArchiveUnusable."""
    try:
        if not archive.exists():
            archive.mkdir(mode=0o700, parents=True)
            if os.geteuid() == 0:
                os.chown(archive, account.uid, account.gid)
    except OSError as error:
        raise ArchiveUnusable(
            f"the archive {archive} cannot be made ({error.strerror}); choose another"
        ) from None
    if not archive.is_dir() or not may_pass(archive, account) or not _may_write(archive, account):
        raise ArchiveUnusable(
            f"the archive {archive} must be a directory that the user {account.name} can reach and write; "
            "choose another, or give it to that user"
        )


def _may_write(directory: Path, account: Account) -> bool:
    found = directory.stat()
    if account.uid in (0, found.st_uid):
        return True
    return bool(found.st_mode & (0o020 if found.st_gid == account.gid else 0o002))
