"""Keys by reference: a setting names where a key lies, `file:/run/secrets/tax` say, and a vault gives it.

Files and the environment are vaults. Another one (a key management service, a hardware module) is a package
that registers an object with `read` under its scheme in the entry points `canbao.vaults`.
"""

import os
import re
from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol

from pydantic import JsonValue

_GROUP = "canbao.vaults"
_REFERENCE = re.compile(r"([a-z][a-z0-9-]{1,19}):(.+)")
_FILES = re.compile(r'"file:([^"\\]+)"')


class VaultFault(Exception):
    """A vault does not give a key; the message names the reference, never a key."""


class Vault(Protocol):
    """Where keys lie."""

    def read(self, name: str) -> str:
        """The key of this name, as text. Raises VaultFault, or OSError where the vault cannot be reached."""
        ...


class FileVault:
    """Keys in files of their own, as container platforms mount secrets; a line break at the end is none."""

    def read(self, name: str) -> str:
        """The content of a file."""
        return Path(name).read_text().rstrip("\r\n")


class EnvironmentVault:
    """Keys in variables of the process."""

    def read(self, name: str) -> str:
        """The value of a variable."""
        if name not in os.environ:
            raise VaultFault(f"the variable {name} is not set")
        return os.environ[name]


@cache
def known_vaults() -> Mapping[str, Vault]:
    """Every vault by its scheme: those of here, and those that packages bring."""
    brought = {one.name: one.load() for one in entry_points(group=_GROUP)}
    return {**brought, "file": FileVault(), "env": EnvironmentVault()}


def resolved(value: JsonValue, vaults: Mapping[str, Vault]) -> JsonValue:
    """A setting with the keys in place of references; texts of other forms stay. Raises VaultFault."""
    if isinstance(value, dict):
        return {name: resolved(one, vaults) for name, one in value.items()}
    if isinstance(value, list):
        return [resolved(one, vaults) for one in value]
    if not isinstance(value, str) or (found := _REFERENCE.fullmatch(value)) is None:
        return value
    if (vault := vaults.get(found[1])) is None:
        return value
    try:
        return vault.read(found[2])
    except (OSError, UnicodeError) as error:
        raise VaultFault(f"{value} cannot be read ({type(error).__name__})") from None


def referenced_files(text: str) -> list[Path]:
    """The files that a setting names, written as JSON."""
    return [Path(name) for name in _FILES.findall(text)]
