"""Keys of the embedded default: made once per data directory, so that the first start needs no settings.

The channel simulator reads the same file and so can sign as the channels would. Never for real money: the file
also holds the private half of the WeChat key.
"""

import base64
import contextlib
import fcntl
import os
import secrets
from pathlib import Path
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from libs.common.security.webhooks import generate_secret

CHANNELS = ("tax", "bank-rcb", "village-agent")
FILE = "collection-keys.json"


def ensure(data_dir: Path) -> dict[str, Any]:
    """Read the keys of `data_dir`, making them first if needed; safe when several processes start at once."""
    path = data_dir / FILE
    with contextlib.suppress(FileNotFoundError):
        return orjson.loads(path.read_bytes())
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / f".{FILE}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            scratch = path.with_name(f".{FILE}.new")
            descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with open(descriptor, "wb") as file:
                file.write(orjson.dumps(make(), option=orjson.OPT_INDENT_2))
            scratch.replace(path)
    return orjson.loads(path.read_bytes())


def make() -> dict[str, Any]:
    """Make new keys: a secret per channel, a WeChat merchant with its platform key, a voucher key."""
    private_key = generate_private_key(65537, 2048)
    pem = private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = private_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return {
        "channels": {slug: [generate_secret()] for slug in CHANNELS},
        "wechat": {
            "mchid": "1900000001",
            "appid": "wxcanbaosandbox01",
            "api_v3_key": secrets.token_hex(16),
            "serial": f"PUB_KEY_ID_{secrets.randbelow(10**32):032d}",
            "public_key": public.decode(),
            "private_key": pem.decode(),
        },
        "voucher_keys": {"s1": _random(32)},
    }


def _random(size: int) -> str:
    return base64.b64encode(secrets.token_bytes(size)).decode()
