"""Answers "which keys does this deployment have?": secrets of channels, WeChat's keys, the voucher keys.

What the settings do not name comes from the sandbox file of the data directory, if there is one; otherwise the
channel is not there.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson

from libs.common.security.webhooks import WebhookKeyRing
from services.collection.channels import sandbox
from services.collection.channels.generic import StandardWebhookChannel
from services.collection.channels.port import Channel
from services.collection.channels.wallet import CHANNEL as WECHAT
from services.collection.channels.wallet import WeChatChannel
from services.collection.channels.wechat import WeChatMerchant, read_keys
from services.collection.settings import CollectionSettings


class KeysInvalid(ValueError):
    """A setting with keys cannot be used; the message names the setting and the mend, never the key."""


@dataclass(frozen=True)
class Keys:
    """`channels` by slug; `voucher_keys` by key id, of which `voucher_key_id` makes new codes."""

    channels: Mapping[str, Channel]
    voucher_keys: Mapping[str, bytes]
    voucher_key_id: str


class Keyring:
    """Reads the keys of a deployment: at once when they are configured, else on first use.

    (A process that only describes itself makes no keys up.)
    """

    def __init__(self, settings: CollectionSettings) -> None:
        self._settings = settings
        if not _needs_sandbox(settings):
            _ = self.keys

    @cached_property
    def keys(self) -> Keys:
        """All keys; raise KeysInvalid for a setting that cannot be used."""
        return load_keys(self._settings)


def load_keys(settings: CollectionSettings) -> Keys:
    """Read all keys; raise KeysInvalid for a setting that cannot be used."""
    kept = sandbox.ensure(settings.state_dir) if _needs_sandbox(settings) else {}
    secrets = _read("CANBAO_COLLECTION_CHANNELS", settings.channels) or kept.get("channels", {})
    channels: dict[str, Channel] = {}
    for slug, texts in secrets.items():
        if slug == WECHAT:
            raise KeysInvalid("CANBAO_COLLECTION_CHANNELS: wechat has settings of its own")
        try:
            channels[slug] = StandardWebhookChannel(WebhookKeyRing(texts))
        except ValueError as error:
            raise KeysInvalid(f"CANBAO_COLLECTION_CHANNELS, channel {slug}: {error}") from None
    merchant = _merchant(settings, kept.get("wechat"))
    if merchant is not None:
        channels[WECHAT] = WeChatChannel(merchant)
    vouchers = _voucher_keys(settings, kept)
    return Keys(channels, vouchers, list(vouchers)[-1])


def _needs_sandbox(settings: CollectionSettings) -> bool:
    """Whether keys may be made up: not in production, which names an identity key and no data directory."""
    if settings.identity_key is not None and settings.data_dir is None:
        return False
    return None in (settings.channels, settings.wechat_mchid, settings.voucher_keys)


def _merchant(settings: CollectionSettings, kept: dict[str, str] | None) -> WeChatMerchant | None:
    if settings.wechat_mchid is None:
        if kept is None:
            return None
        pems = {kept["serial"]: kept["public_key"]}
        return WeChatMerchant(kept["mchid"], kept["appid"], kept["api_v3_key"].encode(), read_keys(pems))
    key = (settings.wechat_api_v3_key or "").encode()
    if len(key) != 32:
        raise KeysInvalid("CANBAO_COLLECTION_WECHAT_API_V3_KEY: the APIv3 key has 32 bytes")
    pems = _read("CANBAO_COLLECTION_WECHAT_KEYS", settings.wechat_keys)
    if not pems or settings.wechat_appid is None:
        raise KeysInvalid(
            "WeChat also needs CANBAO_COLLECTION_WECHAT_APPID and CANBAO_COLLECTION_WECHAT_KEYS"
        )
    try:
        return WeChatMerchant(settings.wechat_mchid, settings.wechat_appid, key, read_keys(pems))
    except ValueError as error:
        raise KeysInvalid(f"CANBAO_COLLECTION_WECHAT_KEYS: {error}") from None


def _voucher_keys(settings: CollectionSettings, kept: dict[str, Any]) -> dict[str, bytes]:
    texts = _read("CANBAO_COLLECTION_VOUCHER_KEYS", settings.voucher_keys) or kept.get("voucher_keys")
    if texts:
        try:
            return {key_id: base64.b64decode(text, validate=True) for key_id, text in texts.items()}
        except ValueError:
            raise KeysInvalid("CANBAO_COLLECTION_VOUCHER_KEYS: each key is base64") from None
    if settings.identity_key:
        # One secret less to hand out: every instance that knows people also knows this key.
        return {"d1": hmac.digest(settings.identity_key.encode(), b"canbao vouchers", hashlib.sha256)}
    raise KeysInvalid('set CANBAO_COLLECTION_VOUCHER_KEYS, e.g. {"v1": "<32 bytes of base64>"}')


def _read(name: str, value: str | None) -> dict[str, Any]:
    """Read a setting that is JSON, or the path of a JSON file."""
    if value is None:
        return {}
    try:
        found = orjson.loads(value if value.lstrip().startswith("{") else Path(value).read_bytes())
    except (OSError, ValueError):
        raise KeysInvalid(f"{name}: neither a JSON object nor the path of a readable JSON file") from None
    if not isinstance(found, dict):
        raise KeysInvalid(f"{name}: must be a JSON object")
    return found
