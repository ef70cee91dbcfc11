"""The secrets that the embedded default makes up: keys kept in the data directory, made once.

`canbao replay` and `canbao demo` read the same files to sign as the channels would.
"""

import base64
import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from libs.common.db.account import make_private
from libs.common.security.keys import SigningKey
from libs.common.security.webhooks import generate_secret

Kept = TypeVar("Kept", bound=dict[str, str] | dict[str, list[str]])

#: The channels that the embedded default knows, beside WeChat Pay.
WEBHOOK_CHANNELS = ("tax", "bank", "bank-rcb", "village-agent")


class EmbeddedState:
    """The secrets of one data directory; every file is readable by its owner only."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir

    def signing_key(self) -> SigningKey:
        """The key that signs the tokens of `canbao token`."""
        return SigningKey.load_or_create(self.signing_key_path)

    @property
    def signing_key_path(self) -> Path:
        """Where that key is; the data directory is made private on the way."""
        make_private(self.data_dir)
        return self.data_dir / "signing-key.pem"

    def identity_key(self) -> bytes:
        """The key of the digests by which people are found: for life."""
        return base64.b64decode(self._kept("identity.json", _random_key)["key"])

    def webhook_secrets(self) -> dict[str, list[str]]:
        """The active secrets (`whsec_...`) of every generic webhook channel."""
        return self._kept("channels.json", lambda: {name: [generate_secret()] for name in WEBHOOK_CHANNELS})

    def wechat(self) -> dict[str, str]:
        """A merchant at a WeChat Pay of our own: `mchid appid api_v3_key public_key_id` and both keys.

        The private key is WeChat's in the real world; here it lets a replay sign notifications.
        """
        return self._kept("wechat.json", _wechat_merchant)

    def voucher_keys(self) -> dict[str, str]:
        """The keys of verification codes on vouchers, by version."""
        return self._kept("voucher-keys.json", lambda: {"v1": _random_key()["key"]})

    def account_key(self) -> str:
        """The key that seals account numbers, in base64: for life."""
        return self._kept("account.json", _random_key)["key"]

    def defaults(self, service: str) -> dict[str, str]:
        """Give the settings of `service` that the embedded default makes up."""
        if service == "subsidy":
            return {"account_key": self.account_key()}
        if service != "collection":
            return {}
        wechat = self.wechat()
        return {
            "channels": json.dumps(self.webhook_secrets()),
            "wechat_mchid": wechat["mchid"],
            "wechat_appid": wechat["appid"],
            "wechat_api_v3_key": wechat["api_v3_key"],
            "wechat_keys": json.dumps({wechat["public_key_id"]: wechat["public_key"]}),
            "voucher_keys": json.dumps(self.voucher_keys()),
        }

    def _kept(self, name: str, make: Callable[[], Kept]) -> Kept:
        """Read the JSON file `name`, made on first use; of two processes that start at once, one wins."""
        make_private(self.data_dir)
        path = self.data_dir / name
        if not path.exists():
            fresh = path.with_name(f".{name}.{os.getpid()}")
            with os.fdopen(os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w") as file:
                json.dump(make(), file, indent=2)
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(fresh, path)
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        kept: Kept = json.loads(path.read_text())
        return kept


def _random_key() -> dict[str, str]:
    return {"key": base64.b64encode(secrets.token_bytes(32)).decode()}


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
