"""The keys of an embedded server in a file of their own: never beside the data, and only on request."""

import base64
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from canbao.backup.manifest import BackupRefused, Manifest
from canbao.embedded_state import ACCOUNT, IDENTITY, KEY_FILES, SEALING, VOUCHERS, EmbeddedState
from libs.common.db.account import make_private
from libs.common.security.fingerprints import fingerprint

_TEXTS = TypeAdapter(dict[str, str])
_NAMES = (*(file.name for file in KEY_FILES), "signing-key.pem")
_SEALING = "sealing key"
#: Key files with one key that databases remember.
_REMEMBERED = {IDENTITY.name: "identity key", ACCOUNT.name: "account key"}


def write_keys(state: EmbeddedState, to: Path, backup: Path) -> None:
    """Write every key file of a data directory into the new file `to`, for its owner only."""
    if to.resolve().is_relative_to(backup.resolve()):
        raise BackupRefused("the keys must not lie beside the data: choose another place for --keys-to")
    paths = [state.data_dir / name for name in _NAMES]
    texts = {path.name: path.read_text() for path in paths if path.exists()}
    try:
        descriptor = os.open(to, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BackupRefused(f"{to} exists: choose a new file for --keys-to") from None
    except OSError as error:
        raise BackupRefused(f"{to} cannot be written ({error.strerror}): choose another --keys-to") from None
    with os.fdopen(descriptor, "w") as file:
        json.dump(texts, file, indent=2)


def read_keys(path: Path, manifest: Manifest) -> Mapping[str, str]:
    """Read such a file, and make sure that it belongs to the backup. Raises BackupRefused."""
    try:
        texts = _TEXTS.validate_json(path.read_bytes())
        if not texts.keys() <= set(_NAMES):
            raise ValueError("unknown names")
        found = dict(_fingerprints(texts))
    except OSError as error:
        raise BackupRefused(f"{path} cannot be read ({error.strerror})") from None
    except (ValidationError, ValueError, KeyError, TypeError, AttributeError):
        raise BackupRefused(f"{path} holds no keys as `canbao backup --keys-to` writes them") from None
    for service, keys in manifest.keys.items():
        for name, known in keys.items():
            missing = name.startswith(_SEALING) and name not in found
            if missing or (name in found and found[name] != known):
                raise BackupRefused(
                    f"{path} holds another {name} than the one that {service} was written with "
                    f"({found.get(name, 'none')}, not {known}): give the file that was written with it"
                )
    return texts


def _fingerprints(texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Name of a key -> its fingerprint, of those that databases remember."""
    keys = {key: json.loads(texts[file])["key"] for file, key in _REMEMBERED.items() if file in texts}
    versions = json.loads(texts.get(VOUCHERS.name, "{}"))
    keys |= {f"voucher key {version}": text for version, text in versions.items()}
    for name, text in keys.items():
        yield name, fingerprint(base64.b64decode(text, validate=True))
    for text in json.loads(texts.get(SEALING.name, "{}")).get("keys", ()):
        known = fingerprint(base64.b64decode(text, validate=True))
        yield f"{_SEALING} {known}", known


def put_keys(state: EmbeddedState, texts: Mapping[str, str]) -> None:
    """Put the key files back into a data directory."""
    make_private(state.data_dir)
    for name, text in texts.items():
        with os.fdopen(
            os.open(state.data_dir / name, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w"
        ) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
