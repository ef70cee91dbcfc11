"""Makes what a new installation needs once: `.env` and `keys/` in a directory. Never replaces anything.

Run it as `docker compose run --rm --user "$(id -u):$(id -g)" prepare`.
"""

import base64
import json
import os
import secrets
import sys
from pathlib import Path

from canbao.definitions import SERVICES
from libs.common.security.keys import SigningKey
from libs.common.security.webhooks import generate_secret

CHANNELS = ("tax", "bank")
PASSWORDS = (
    "POSTGRES_PASSWORD",
    "KAFKA_PASSWORD",
    "GRAFANA_PASSWORD",
    *(f"{name.upper()}_DATABASE_PASSWORD" for name in SERVICES),
)


def prepare(directory: Path) -> list[Path]:
    """Write every missing file, readable by its owner only; return what was written."""
    keys = directory / "keys"
    keys.mkdir(mode=0o700, exist_ok=True)
    signing = SigningKey.load_or_create(keys / "signing-key.pem")
    files = {
        keys / "jwks.json": json.dumps(signing.jwks(), indent=2),
        keys / "channels.json": json.dumps({name: [generate_secret()] for name in CHANNELS}, indent=2),
        keys / "voucher-keys.json": json.dumps({"v1": random_key()}, indent=2),
        keys / "wechat-keys.json": "{}",
        keys / "alipay.json": "{}",
        keys / "unionpay.json": "{}",
        directory / ".env": environment(),
    }
    missing = [path for path in files if not path.exists()]
    for path in missing:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w") as file:
            file.write(files[path] + "\n")
    return missing


def environment() -> str:
    """The settings that are secrets, and who the containers run as: the owner of these files."""
    lines = [
        "# Secrets of this installation. Keep IDENTITY_KEY, ACCOUNT_KEY, SEALING_KEYS safe, and apart from",
        "# the backups: without them nobody is found by number, no payout is made, and no name can be read.",
        *(f"{name}={secrets.token_hex(24)}" for name in PASSWORDS),
        f"IDENTITY_KEY={random_key()}",
        f"ACCOUNT_KEY={random_key()}",
        f"SEALING_KEYS={random_key()}",
        f"KAFKA_CLUSTER_ID={base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip('=')}",
        f"RUN_AS_UID={os.getuid()}",
        f"RUN_AS_GID={os.getgid()}",
    ]
    return "\n".join(lines)


def random_key() -> str:
    """32 random bytes in base64."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


if __name__ == "__main__":
    for written in prepare(Path(sys.argv[1])):
        print(f"wrote {written}")
