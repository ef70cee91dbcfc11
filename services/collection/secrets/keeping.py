"""Makes, shows and takes out secrets of channels. Who holds one can tell of money: two persons make it."""

from datetime import datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.deciding import Decision, ask_second
from libs.common.cases.store import ApprovalRow, NewApproval
from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.security.webhooks import fingerprint, generate_secret
from libs.common.web.catalogue import NOT_FOUND
from libs.common.web.notices import without_notice
from services.collection.assembly import CollectionContext
from services.collection.channels.generic import StandardWebhookChannel
from services.collection.channels.wallet import CHANNEL as WECHAT_CHANNEL
from services.collection.problems import COUNTY_UNKNOWN
from services.collection.secrets import schemas, store
from services.collection.secrets.problems import (
    CHANNEL_HAS_OTHER_KEYS,
    CHANNEL_OF_ANOTHER_COUNTY,
    CHANNEL_OF_THE_SETTINGS,
    SECRET_NOT_SHOWN,
    SECRET_RETIRED,
)
from services.collection.secrets.store import NewSecret, Secret

#: What the second person agrees to.
OPERATION = "new_channel_secret"
SCOPE = "channels:write"


async def ask_for_secret(
    conn: AsyncConnection,
    context: CollectionContext,
    wanted: schemas.NewSecret,
    caller: Caller,
    now: datetime,
) -> ApprovalRow:
    """Ask for a second person to give a channel a new secret. Raises Problem 403, 404, 409 or 422."""
    division_code = context.parts.divisions.code_of(wanted.county)
    if division_code is None:
        raise without_notice(COUNTY_UNKNOWN, context.notices, wanted.county)
    check_division(caller, division_code)
    await _check(conn, context, wanted.channel, wanted.county)
    payload: dict[str, JsonValue] = {"channel": wanted.channel, "public_key": wanted.public_key}
    await record_lookup(
        conn, caller, operation=OPERATION, at=now, purpose=f"channel {wanted.channel}", note=wanted.reason
    )
    return await ask_second(
        conn,
        NewApproval(
            operation=OPERATION,
            subject=f"channel-secrets/{wanted.channel}",
            payload=payload,
            reason=wanted.reason,
            asked_by=caller.subject,
            asked_at=now,
            county=wanted.county,
            division_code=division_code,
        ),
    )


async def agree(
    conn: AsyncConnection, context: CollectionContext, asked: ApprovalRow, decision: Decision
) -> None:
    """Make the secret; those before it go on being believed. Raises Problem 409 or 422."""
    channel, given = str(asked.payload["channel"]), asked.payload["public_key"]
    assert asked.county is not None and asked.division_code is not None, "it was asked for with its county"
    assert decision.approved_by is not None, "a second person agreed"
    await _check(conn, context, channel, asked.county)
    key = str(given) if given is not None else generate_secret()
    await store.add(
        conn,
        NewSecret(
            channel=channel,
            county=asked.county,
            division_code=asked.division_code,
            key=key,
            fingerprint=fingerprint(key),
            made_at=decision.at,
            made_by=asked.asked_by,
            agreed_by=decision.approved_by,
        ),
    )


async def show(conn: AsyncConnection, secret_id: int, caller: Caller, now: datetime) -> str:
    """Show a secret to whoever asked for it, once. Raises Problem 403, 404 or 409."""
    secret = await held(conn, secret_id, caller)
    if secret.made_by != caller.subject or secret.shown_at is not None:
        raise SECRET_NOT_SHOWN.problem()
    key = await store.key(conn, secret_id)
    assert key is not None, "it was not taken out"
    await store.note_shown(conn, secret_id, now)
    await record_lookup(conn, caller, operation="show_channel_secret", at=now, purpose=_about(secret))
    return key


async def take_out(conn: AsyncConnection, secret_id: int, caller: Caller, now: datetime) -> Secret:
    """Believe a secret no more. Raises Problem 403, 404 or 409."""
    secret = await held(conn, secret_id, caller)
    await store.retire(conn, secret_id, caller.subject, now)
    await record_lookup(conn, caller, operation="retire_channel_secret", at=now, purpose=_about(secret))
    retired = await store.lock(conn, secret_id)
    assert retired is not None, "it is held"
    return retired


async def held(conn: AsyncConnection, secret_id: int, caller: Caller) -> Secret:
    """Hold a secret that is in force. Raises Problem 403, 404 or 409."""
    secret = await store.lock(conn, secret_id)
    if secret is None:
        raise NOT_FOUND.problem()
    check_division(caller, secret.division_code)
    if secret.retired_at is not None:
        raise SECRET_RETIRED.problem()
    return secret


async def _check(conn: AsyncConnection, context: CollectionContext, channel: str, county: str) -> None:
    there = context.parts.keys.channels.get(channel)
    if channel == WECHAT_CHANNEL or not (there is None or isinstance(there, StandardWebhookChannel)):
        raise CHANNEL_HAS_OTHER_KEYS.problem()
    if there is not None and there.county is None:
        raise CHANNEL_OF_THE_SETTINGS.problem()
    if (whose := await store.county_of(conn, channel)) not in (None, county):
        raise CHANNEL_OF_ANOTHER_COUNTY.problem(county=whose)


def _about(secret: Secret) -> str:
    return f"secret {secret.fingerprint} of channel {secret.channel}"
