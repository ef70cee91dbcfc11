"""The secrets that the embedded default makes up: keys kept in the data directory, made once.

A file that is gone is made again only while the databases are empty; what is stored belongs to the old one.
`canbao replay` and `canbao demo` read the same files to sign as the channels would.
"""

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import TypeAdapter, ValidationError

from libs.common.db.account import make_private
from libs.common.security.keys import SigningKey
from libs.common.security.webhooks import generate_secret
from libs.common.settings import SettingInvalid

Kept = TypeVar("Kept", bound=dict[str, str] | dict[str, list[str]])

#: The key that signs the tokens of `canbao token`; one that is gone is made again.
SIGNING_KEY = "signing-key.pem"

_KEY_BYTES = 32
#: The channels that the embedded default knows, beside WeChat Pay.
WEBHOOK_CHANNELS = ("tax", "tax_hall", "bank", "bank-rcb", "village-agent")


@dataclass(frozen=True)
class KeyFile:
    """A file of secrets, and the variable that can carry what it holds instead."""

    name: str
    variable: str
    setting: str


IDENTITY = KeyFile("identity.json", "CANBAO_IDENTITY_KEY", "identity_key")
ACCOUNT = KeyFile("account.json", "CANBAO_SUBSIDY_ACCOUNT_KEY", "account_key")
SEALING = KeyFile("sealing.json", "CANBAO_SEALING_KEYS", "sealing_keys")
VOUCHERS = KeyFile("voucher-keys.json", "CANBAO_COLLECTION_VOUCHER_KEYS", "voucher_keys")
CHANNELS = KeyFile("channels.json", "CANBAO_COLLECTION_CHANNELS", "channels")
WECHAT = KeyFile("wechat.json", "CANBAO_COLLECTION_WECHAT_MCHID", "wechat_mchid")

#: Every file whose loss would be noticed too late if it were made again in silence.
KEY_FILES = (IDENTITY, SEALING, ACCOUNT, VOUCHERS, CHANNELS, WECHAT)

_TEXTS = TypeAdapter(dict[str, str])
_LISTS = TypeAdapter(dict[str, list[str]])


class KeyFileUnusable(SettingInvalid):
    """A file of secrets is gone or spoiled; the message says which, and how to put it back."""


class EmbeddedState:
    """The secrets of one data directory; every file is readable by its owner only.

    `may_make`: whether a file that is not there may be made; `may_seal`: the same of the sealing keys, which
    databases of earlier releases do without. Raises KeyFileUnusable.
    """

    def __init__(self, data_dir: Path, *, may_make: bool = True) -> None:
        self.data_dir = data_dir
        self.may_make = may_make
        self.may_seal = may_make

    @property
    def complete(self) -> bool:
        """Whether every file is there."""
        return all((self.data_dir / file.name).exists() for file in KEY_FILES)

    def signing_key(self) -> SigningKey:
        """The key that signs the tokens of `canbao token`."""
        return SigningKey.load_or_create(self.signing_key_path)

    @property
    def signing_key_path(self) -> Path:
        """Where that key is; the data directory is made private on the way."""
        make_private(self.data_dir)
        return self.data_dir / SIGNING_KEY

    def identity_key(self) -> bytes:
        """The key of the digests by which people are found: for life."""
        return self._key(IDENTITY)

    def webhook_secrets(self) -> dict[str, list[str]]:
        """The active secrets (`whsec_...`) of every generic webhook channel.

        Channels that a later release brought are added to the file; what stands in it stays.
        """
        kept = self._kept(CHANNELS, _LISTS, lambda: _secrets_of(WEBHOOK_CHANNELS))
        if kept.keys() >= set(WEBHOOK_CHANNELS):
            return kept
        with alone(self.data_dir):
            kept = self._kept(CHANNELS, _LISTS, dict)
            if new := _secrets_of(name for name in WEBHOOK_CHANNELS if name not in kept):
                kept |= new
                replace_file(self.data_dir / CHANNELS.name, json.dumps(kept, indent=2))
        return kept

    def wechat(self) -> dict[str, str]:
        """A merchant at a WeChat Pay of our own: `mchid appid api_v3_key public_key_id` and both keys.

        The private key is WeChat's in the real world; here it lets a replay sign notifications.
        """
        return self._kept(WECHAT, _TEXTS, _wechat_merchant)

    def voucher_keys(self) -> dict[str, str]:
        """The keys of verification codes on vouchers, by version."""
        return self._kept(VOUCHERS, _TEXTS, lambda: {"v1": _random_key()["key"]})

    def account_key(self) -> str:
        """The key that seals account numbers, in base64: for life."""
        return base64.b64encode(self._key(ACCOUNT)).decode()

    def sealing_keys(self) -> str:
        """The keys that wrap the data keys of all databases, newest first, as the setting has them."""
        keys = self._kept(SEALING, _LISTS, lambda: {"keys": [_random_key()["key"]]})
        if not keys.get("keys"):
            raise self._spoiled(SEALING)
        return ",".join(keys["keys"])

    def change_sealing_keys(self, keep: int) -> None:
        """Put a new key before the newest `keep` ones; 0 leaves the newest alone."""
        keys = self.sealing_keys().split(",")
        kept = [_random_key()["key"], *keys[:keep]] if keep else keys[:1]
        replace_file(self.data_dir / SEALING.name, json.dumps({"keys": kept}, indent=2))

    def defaults(self, service: str, given: Container[str] = ()) -> dict[str, str]:
        """Give the settings of `service` that the embedded default makes up, without those that are given."""
        chosen: dict[str, str] = {}
        if service == "subsidy" and ACCOUNT.setting not in given:
            chosen["account_key"] = self.account_key()
        if service == "console" and "signing_key" not in given:
            self.signing_key()
            chosen["signing_key"] = str(self.signing_key_path)
        if service != "collection":
            return chosen
        if CHANNELS.setting not in given:
            self.webhook_secrets()
            # As a file, so that a secret that is changed there counts without a restart.
            chosen["channels"] = str((self.data_dir / CHANNELS.name).resolve())
        if VOUCHERS.setting not in given:
            chosen["voucher_keys"] = json.dumps(self.voucher_keys())
        if WECHAT.setting not in given:
            chosen |= _wechat_settings(self.wechat())
        return chosen

    def _key(self, file: KeyFile) -> bytes:
        try:
            key = base64.b64decode(self._kept(file, _TEXTS, _random_key)["key"], validate=True)
        except (KeyError, ValueError) as error:
            raise error if isinstance(error, SettingInvalid) else self._spoiled(file) from None
        if len(key) != _KEY_BYTES:
            raise self._spoiled(file)
        return key

    def _kept(self, file: KeyFile, shape: TypeAdapter[Kept], make: Callable[[], Kept]) -> Kept:
        """Read a file, made on first use; of two processes that start at once, one wins."""
        make_private(self.data_dir)
        path = self.data_dir / file.name
        if not path.exists():
            if not (self.may_seal if file is SEALING else self.may_make):
                raise KeyFileUnusable(
                    f"{path} is gone, and the databases hold what belongs to it: put it back from the copy "
                    f"that is kept apart from the backups, or set {file.variable}; nothing was made instead"
                )
            _write_once(path, json.dumps(make(), indent=2))
        try:
            return shape.validate_json(path.read_bytes(), strict=True)
        except ValidationError:
            raise self._spoiled(file) from None

    def _spoiled(self, file: KeyFile) -> KeyFileUnusable:
        return KeyFileUnusable(
            f"{self.data_dir / file.name} is spoiled: put it back from the copy that is kept apart from the "
            f"backups, or set {file.variable}"
        )


def _secrets_of(channels: Iterable[str]) -> dict[str, list[str]]:
    return {name: [generate_secret()] for name in channels}


@contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Have other processes of the same data directory wait. Raises SettingInvalid where there is none."""
    try:
        handle = os.open(directory, os.O_RDONLY)
    except OSError as error:
        raise SettingInvalid(f"the directory {directory} cannot be used ({error.strerror})") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _write_once(path: Path, text: str) -> None:
    """Write a private file whole, unless another process was faster; it survives a crash of the machine."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def replace_file(path: Path, text: str) -> None:
    """Write a private file in place of another, whole."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    _write_once(fresh, text)
    fresh.replace(path)


def _random_key() -> dict[str, str]:
    return {"key": base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()}


def _wechat_settings(merchant: dict[str, str]) -> dict[str, str]:
    return {
        "wechat_mchid": merchant["mchid"],
        "wechat_appid": merchant["appid"],
        "wechat_api_v3_key": merchant["api_v3_key"],
        "wechat_keys": json.dumps({merchant["public_key_id"]: merchant["public_key"]}),
    }


def _wechat_merchant() -> dict[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return {
        "mchid": "1900000109",
        "appid": "wx0000000000000000",
        "api_v3_key": secrets.token_hex(16),
        "public_key_id": f"PUB_KEY_ID_{secrets.randbelow(10**20):020d}",
        "public_key": public.decode(),
        "private_key": private.decode(),
    }
