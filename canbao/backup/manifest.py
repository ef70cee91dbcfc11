"""What a backup says of itself: its files with their hashes, when it was taken, which keys it belongs to."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from libs.common.settings import SettingInvalid

NAME = "manifest.json"
_AT_ONCE = 1024 * 1024


class BackupRefused(SettingInvalid):
    """A backup cannot be taken or restored; the message says why and how to mend it."""


class KeptFile(BaseModel):
    """One file of a backup."""

    model_config = ConfigDict(frozen=True)

    bytes: int
    sha256: str


class Manifest(BaseModel):
    """A backup as a whole. `cluster` is an embedded server, `databases` are dumps of a server of your own."""

    model_config = ConfigDict(frozen=True)

    format: Literal[1] = 1
    kind: Literal["cluster", "databases"]
    canbao: str
    postgresql: int
    begun_at: datetime
    ended_at: datetime
    #: Service -> name of a key -> its fingerprint. The keys themselves are never here.
    keys: Mapping[str, Mapping[str, str]]
    files: Mapping[str, KeptFile]


def running_version() -> str:
    """The version of this program."""
    return version("canbao")


def write(directory: Path, manifest: Manifest) -> None:
    """Write the manifest last: a directory without one is no backup."""
    (directory / NAME).write_text(manifest.model_dump_json(indent=2) + "\n")


def files_of(directory: Path) -> dict[str, KeptFile]:
    """Every file of a backup that was just taken, with its hash."""
    return {path.name: kept(path) for path in sorted(directory.iterdir()) if path.name != NAME}


def kept(path: Path) -> KeptFile:
    """Measure one file."""
    digest, number = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_AT_ONCE):
            digest.update(block)
            number += len(block)
    return KeptFile(bytes=number, sha256=digest.hexdigest())


def proven(directory: Path) -> Manifest:
    """Read the manifest of a backup and compare every file with it. Raises BackupRefused."""
    try:
        manifest = Manifest.model_validate_json((directory / NAME).read_bytes())
    except FileNotFoundError:
        raise BackupRefused(
            f"{directory} holds no {NAME}: it is no backup, or one that did not end"
        ) from None
    except (ValidationError, OSError):
        raise BackupRefused(f"{directory / NAME} is spoiled: restore another backup") from None
    for name, expected in manifest.files.items():
        path = directory / name
        if Path(name).name != name or not path.is_file() or kept(path) != expected:
            raise BackupRefused(f"{path} is missing, or is not what was backed up: restore another backup")
    return manifest
