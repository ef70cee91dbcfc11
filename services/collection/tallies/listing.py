"""Puts together what operators see of each channel: nothing of its secrets but their fingerprints."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import business_date
from services.collection.assembly import CollectionContext
from services.collection.channels.generic import StandardWebhookChannel
from services.collection.channels.port import Channel
from services.collection.channels.refunding import refunds_of
from services.collection.secrets import store as secrets
from services.collection.secrets.store import Secret
from services.collection.tallies import store
from services.collection.tallies.rules import DAYS, TAKEN, Tally
from services.collection.tallies.schemas import ChannelKey, ChannelShown, ChannelTally, ChannelTrial


async def channels_of(
    conn: AsyncConnection, context: CollectionContext, division: str, now: datetime
) -> list[ChannelShown]:
    """The channels that whoever works for a division looks after, by name."""
    own = {
        slug: one
        for slug, one in sorted(context.parts.keys.channels.items())
        if (county := _county(one)) is None
        or (context.parts.divisions.code_of(county) or "").startswith(division)
    }
    since = business_date(now) - timedelta(days=DAYS - 1)
    made = {(one.channel, one.fingerprint): one for one in await secrets.in_force(conn, own)}
    counted = await store.since(conn, own, since)
    heard, tried = await store.last(conn, own), await store.trials(conn, own)
    return [
        ChannelShown(
            channel=slug,
            county=_county(one),
            signed_by=list(one.signed_by),
            keys=_keys(slug, one, made, business_date(now)),
            is_asked=one.gateway is not None,
            gives_back=refunds_of(one) is not None,
            heard_at=heard.get(slug),
            tallies_from=since,
            tallies=_tallies(tally for tally in counted if tally.channel == slug),
            trial=ChannelTrial(**_without_name(asdict(tried[slug]))) if slug in tried else None,
        )
        for slug, one in own.items()
    ]


def _county(channel: Channel) -> str | None:
    return channel.county if isinstance(channel, StandardWebhookChannel) else None


def _keys(
    slug: str, channel: Channel, made: Mapping[tuple[str, str], Secret], today: date
) -> list[ChannelKey]:
    if not isinstance(channel, StandardWebhookChannel):
        return []
    return [_key(one, made.get((slug, one)), today) for one in channel.ring.fingerprints]


def _key(fingerprint: str, made: Secret | None, today: date) -> ChannelKey:
    return ChannelKey(
        fingerprint=fingerprint,
        secret_id=made.secret_id if made else None,
        made_at=made.made_at if made else None,
        made_by=made.made_by if made else None,
        age_days=(today - business_date(made.made_at)).days if made else None,
        shown_at=made.shown_at if made else None,
    )


def _tallies(counted: Iterable[Tally]) -> list[ChannelTally]:
    return [
        ChannelTally(outcome=one.outcome, taken=one.outcome in TAKEN, count=one.count, last_at=one.last_at)
        for one in counted
    ]


def _without_name(trial: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in trial.items() if name != "channel"}
