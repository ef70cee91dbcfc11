"""Makes what a new installation needs once: `.env` and `keys/` in a directory. Never replaces anything.

Run it as `docker compose run --rm --user "$(id -u):$(id -g)" prepare`. With `--rehearsal` at its end the
installation is one to play made-up seasons in (rehearse.py): whoever asks says what time it is, and channels
are simulated.
"""

import argparse
import base64
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from canbao.definitions import SERVICES
from canbao.embedded_state import WEBHOOK_CHANNELS, EmbeddedState
from libs.common.security.keys import SigningKey
from libs.common.security.webhooks import generate_secret

CHANNELS = ("tax", "bank")
PASSWORDS = (
    "POSTGRES_PASSWORD",
    "KAFKA_PASSWORD",
    "GRAFANA_PASSWORD",
    *(f"{name.upper()}_DATABASE_PASSWORD" for name in SERVICES),
)
#: The network of the proxy, where .env says nothing else.
FRONT_NETWORK = "172.30.250.0/24"
#: As whom the containers run when root prepares: the user of the image.
USER_OF_IMAGE = 10001


def prepare(directory: Path, *, rehearsal: bool = False) -> list[Path]:
    """Write every missing file, readable by its owner only; return what was written."""
    keys = directory / "keys"
    keys.mkdir(mode=0o700, exist_ok=True)
    signing = SigningKey.load_or_create(keys / "signing-key.pem")
    wechat = EmbeddedState(keys).wechat() if rehearsal else None
    channels = WEBHOOK_CHANNELS if rehearsal else CHANNELS
    files = {
        keys / "jwks.json": json.dumps(signing.jwks(), indent=2),
        keys / "channels.json": json.dumps({name: [generate_secret()] for name in channels}, indent=2),
        keys / "voucher-keys.json": json.dumps({"v1": random_key()}, indent=2),
        keys / "wechat-keys.json": json.dumps(wechat_keys(wechat), indent=2),
        keys / "alipay.json": "{}",
        keys / "unionpay.json": "{}",
        directory / ".env": "\n".join((*environment(), *(rehearsing(wechat) if wechat else ()))),
    }
    missing = [path for path in files if not path.exists()]
    for path in missing:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w") as file:
            file.write(files[path] + "\n")
    if os.getuid() == 0:
        for path in (keys, *keys.iterdir()):
            os.chown(path, USER_OF_IMAGE, USER_OF_IMAGE)
    return missing


def wechat_keys(wechat: Mapping[str, str] | None) -> dict[str, str]:
    """WeChat Pay's public keys by serial; of the simulated one, where there is one."""
    return {wechat["public_key_id"]: wechat["public_key"]} if wechat else {}


def rehearsing(wechat: Mapping[str, str]) -> list[str]:
    """The settings of an installation in which seasons are played."""
    return [
        "# A place to rehearse in: whoever asks says what time it is. Nobody's real data belongs here.",
        "CLOCK=movable",
        "# Who plays hears of facts by a webhook beside the proxy.",
        f"INTERNAL_NETWORKS={FRONT_NETWORK}",
        f"WECHAT_MCHID={wechat['mchid']}",
        f"WECHAT_APPID={wechat['appid']}",
        f"WECHAT_API_V3_KEY={wechat['api_v3_key']}",
    ]


def environment() -> list[str]:
    """The settings that are secrets, and who the containers run as: the owner of these files."""
    return [
        "# Secrets of this installation. Keep IDENTITY_KEY, ACCOUNT_KEY, SEALING_KEYS safe, and apart from",
        "# the backups: without them nobody is found by number, no payout is made, and no name can be read.",
        *(f"{name}={secrets.token_hex(24)}" for name in PASSWORDS),
        f"IDENTITY_KEY={random_key()}",
        f"ACCOUNT_KEY={random_key()}",
        f"SEALING_KEYS={random_key()}",
        f"KAFKA_CLUSTER_ID={base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip('=')}",
        f"RUN_AS_UID={os.getuid() or USER_OF_IMAGE}",
        f"RUN_AS_GID={os.getgid() if os.getuid() else USER_OF_IMAGE}",
    ]


def random_key() -> str:
    """32 random bytes in base64."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(prog="prepare")
    arguments.add_argument("directory", type=Path)
    arguments.add_argument("--rehearsal", action="store_true", help="a place to play made-up seasons in")
    wanted = arguments.parse_args()
    if wanted.rehearsal and (wanted.directory / ".env").exists():
        arguments.error("an installation is here already: a rehearsal has a directory of its own")
    for written in prepare(wanted.directory, rehearsal=wanted.rehearsal):
        print(f"wrote {written}")
