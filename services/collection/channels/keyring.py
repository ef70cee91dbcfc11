"""The keys that this deployment has: secrets of channels, keys of wallets, the voucher keys.

A channel without keys in the settings is not there. Files of channels' keys are read again when they change.
"""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from cryptography.exceptions import UnsupportedAlgorithm
from pydantic import TypeAdapter

from libs.common.security.digests import Digests
from libs.common.security.fingerprints import LastingKey
from libs.common.security.webhooks import (
    PUBLIC_KEY_PREFIX,
    WebhookKeyRing,
    fingerprint,
    read_private_key,
)
from libs.common.settings import SettingInvalid
from libs.common.settings_files import read_object
from services.collection.channels.accounts import (
    ALIPAY,
    REFUND_CALLS,
    UNIONPAY,
    WECHAT,
    AlipayAccount,
    RefundCalls,
    UnionPayAccount,
    WeChatAccount,
)
from services.collection.channels.generic import StandardWebhookChannel
from services.collection.channels.generic_refunding import SignedRefunds
from services.collection.channels.port import Channel, Kept
from services.collection.channels.refreshing import Refreshed
from services.collection.channels.wallet import CHANNEL as WECHAT_CHANNEL
from services.collection.channels.wallet import WeChatChannel
from services.collection.channels.wechat import WeChatMerchant, read_keys
from services.collection.settings import CollectionSettings

_SECRETS = TypeAdapter(dict[str, list[str]])
_TEXTS = TypeAdapter(dict[str, str])
#: A channel is the part of a path.
_SLUG = re.compile(r"[a-z][a-z0-9_-]{0,39}")


class KeysInvalid(SettingInvalid):
    """A setting with keys cannot be used; the message names the setting and the mend, never the key."""


@dataclass(frozen=True)
class Keys:
    """`channels` by slug; `voucher_keys` by key id, of which `voucher_key_id` makes new codes."""

    channels: Refreshed
    voucher_keys: Mapping[str, bytes]
    voucher_key_id: str


def load_keys(settings: CollectionSettings, digests: Digests) -> Keys:
    """Read all keys; raise KeysInvalid for a setting that cannot be used."""
    given = (
        *(settings.channels, settings.wechat, settings.alipay, settings.unionpay, settings.wechat_keys),
        settings.refund_calls,
    )
    kept: dict[str, Kept] = {}
    channels = Refreshed(given, lambda: _channels(settings, kept), kept=kept)
    vouchers = _voucher_keys(settings, digests)
    return Keys(channels, vouchers, list(vouchers)[-1])


def generic_channels(
    secrets: Mapping[str, Sequence[str]],
    counties: Mapping[str, str] | None = None,
    calls: Mapping[str, RefundCalls] | None = None,
) -> dict[str, Channel]:
    """Make the channels of senders that sign by Standard Webhooks. Raises KeysInvalid.

    Those of `counties` tell of money of their county alone; those of `calls` are asked to give money back.
    """
    channels: dict[str, Channel] = {}
    for slug, keys in secrets.items():
        if slug == WECHAT_CHANNEL:
            raise KeysInvalid("CANBAO_COLLECTION_CHANNELS: wechat has settings of its own")
        try:
            newest = next((fingerprint(key) for key in keys if not key.startswith(PUBLIC_KEY_PREFIX)), None)
            county, ring = (counties or {}).get(slug), WebhookKeyRing(list(keys))
            refunds = _refunds(ring, calls[slug]) if calls and slug in calls else None
            if county is None and refunds is None and calls and slug in calls:
                raise ValueError("REFUND_CALLS needs a private_key: it has no secret by which we could sign")
            channels[slug] = StandardWebhookChannel(ring, newest, county, refunds)
        except (ValueError, AttributeError) as error:
            raise KeysInvalid(f"CANBAO_COLLECTION_CHANNELS, channel {slug}: {error}") from None
    return channels


def _refunds(ring: WebhookKeyRing, calls: RefundCalls) -> SignedRefunds | None:
    """What has a sender give money back; None where nobody here could sign what is asked."""
    own = read_private_key(calls.private_key) if calls.private_key is not None else None
    if own is None and not ring.signs:
        return None
    within = timedelta(days=calls.within_days) if calls.within_days is not None else None
    return SignedRefunds(ring, calls.url, own, within, calls.most)


def _channels(settings: CollectionSettings, kept: Mapping[str, Kept]) -> dict[str, Channel]:
    given = read_object(_SECRETS, "CANBAO_COLLECTION_CHANNELS", settings.channels, KeysInvalid)
    wechat = read_object(WECHAT, "CANBAO_COLLECTION_WECHAT", settings.wechat, KeysInvalid)
    sellers = read_object(ALIPAY, "CANBAO_COLLECTION_ALIPAY", settings.alipay, KeysInvalid)
    merchants = read_object(UNIONPAY, "CANBAO_COLLECTION_UNIONPAY", settings.unionpay, KeysInvalid)
    # A name that a wallet has got since is the wallet's: what is kept for it must not keep out all others.
    wallets = {WECHAT_CHANNEL, *wechat, *sellers, *merchants}
    ours = {slug: one for slug, one in kept.items() if slug not in wallets}
    # The newest signs: those that were made while the service ran are newer than those of the settings.
    secrets = {slug: [*one.keys, *given.get(slug, ())] for slug, one in ours.items()}
    calls = read_object(REFUND_CALLS, "CANBAO_COLLECTION_REFUND_CALLS", settings.refund_calls, KeysInvalid)
    if both := sorted(wallets & calls.keys()):
        raise KeysInvalid(f"CANBAO_COLLECTION_REFUND_CALLS: {both[0]} has `calls` in its own account")
    counties = {slug: one.county for slug, one in ours.items()}
    channels = generic_channels(given | secrets, counties, calls)
    merchant = _merchant(settings)
    if merchant is not None:
        channels[WECHAT_CHANNEL] = WeChatChannel(merchant)
    _add(channels, "CANBAO_COLLECTION_WECHAT", wechat)
    _add(channels, "CANBAO_COLLECTION_ALIPAY", sellers)
    _add(channels, "CANBAO_COLLECTION_UNIONPAY", merchants)
    return channels


def _add(
    channels: dict[str, Channel],
    name: str,
    accounts: Mapping[str, AlipayAccount | UnionPayAccount | WeChatAccount],
) -> None:
    """Add the channels of accounts, each under the name that the setting gives it."""
    for slug, account in accounts.items():
        foreign = slug == WECHAT_CHANNEL and not isinstance(account, WeChatAccount)
        if not _SLUG.fullmatch(slug) or slug in channels or foreign:
            raise KeysInvalid(f"{name}: {slug} is no name of a channel, or that of another one")
        try:
            channels[slug] = account.channel()
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise KeysInvalid(f"{name}, channel {slug}: {error}") from None


def _merchant(settings: CollectionSettings) -> WeChatMerchant | None:
    if settings.wechat_mchid is None:
        return None
    key = (settings.wechat_api_v3_key or "").encode()
    if len(key) != 32:
        raise KeysInvalid("CANBAO_COLLECTION_WECHAT_API_V3_KEY: the APIv3 key has 32 bytes")
    pems = read_object(_TEXTS, "CANBAO_COLLECTION_WECHAT_KEYS", settings.wechat_keys, KeysInvalid)
    if not pems or settings.wechat_appid is None:
        raise KeysInvalid("WeChat also needs CANBAO_COLLECTION_WECHAT_APPID and _WECHAT_KEYS")
    try:
        return WeChatMerchant(settings.wechat_mchid, settings.wechat_appid, key, read_keys(pems))
    except ValueError as error:
        raise KeysInvalid(f"CANBAO_COLLECTION_WECHAT_KEYS: {error}") from None


def _voucher_keys(settings: CollectionSettings, digests: Digests) -> dict[str, bytes]:
    given = _given_voucher_keys(settings)
    if not given:
        # One secret less to hand out: every instance that knows people can also derive this key.
        return {"d1": hashlib.sha256(digests.name("key of voucher codes").encode()).digest()}
    return given


def lasting_keys(settings: CollectionSettings) -> Sequence[LastingKey]:
    """The voucher keys, by version: a version may be added or retired, its key never changes."""
    loss = "without it no voucher of that version verifies; a new key needs a new version"
    return [
        LastingKey(f"voucher key {version}", "voucher_keys", loss, key)
        for version, key in _given_voucher_keys(settings).items()
    ]


def _given_voucher_keys(settings: CollectionSettings) -> dict[str, bytes]:
    texts = read_object(_TEXTS, "CANBAO_COLLECTION_VOUCHER_KEYS", settings.voucher_keys, KeysInvalid)
    try:
        return {key_id: base64.b64decode(text, validate=True) for key_id, text in texts.items()}
    except ValueError:
        raise KeysInvalid("CANBAO_COLLECTION_VOUCHER_KEYS: each key is base64") from None
