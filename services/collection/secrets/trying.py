"""Tries a channel: a signed sample goes through our own door, or a gateway is asked about no order."""

import time
from dataclasses import dataclass, replace
from datetime import datetime
from secrets import token_hex

from libs.common.security.access import check_division
from libs.common.security.caller import Caller
from libs.common.web.outbound import AnswerUnknown, NotSent, Outbound, networks_of
from libs.common.web.problems import Problem
from services.collection.assembly import CollectionContext
from services.collection.channels.generic import StandardWebhookChannel
from services.collection.channels.generic_refunding import SignedRefunds
from services.collection.channels.port import Call, Gateway, Question, Reply, Unclear, Wanted
from services.collection.group_commit import Busy, NotStored
from services.collection.intake.rules import Arrival
from services.collection.problems import CHANNEL_UNKNOWN
from services.collection.secrets.problems import CHANNEL_NOT_TRIED

#: Order numbers that nobody has: a gateway that is tried is asked about one.
_NOBODYS_ORDER = "CBTEST"


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of it: `checked` is what was verified, in order; `fault` what was not, if anything."""

    channel: str
    checked: tuple[str, ...]
    fault: str | None
    fingerprint: str | None = None
    notification_id: int | None = None


async def try_channel(context: CollectionContext, slug: str, caller: Caller, now: datetime) -> Tried:
    """Try it. Raises Problem 404, 403 for another county's, or 422 where only its owner can sign for it.

    Those of the settings are of all counties.
    """
    channel = context.parts.keys.channels.get(slug)
    if channel is None:
        raise CHANNEL_UNKNOWN.problem()
    if isinstance(channel, StandardWebhookChannel) and channel.county is not None:
        check_division(caller, context.parts.divisions.code_of(channel.county))
    if channel.gateway is not None:
        return await _ask(context, slug, channel.gateway, now)
    if isinstance(channel, StandardWebhookChannel):
        if "secret" in channel.signed_by:
            return await _send(context, slug, channel, now)
        if channel.refunds is not None:
            return await _ask_for_refund(context, Tried(slug, (), None), channel.refunds, now)
    raise CHANNEL_NOT_TRIED.problem()


async def _send(
    context: CollectionContext, slug: str, channel: StandardWebhookChannel, now: datetime
) -> Tried:
    """Sign a sample by the newest secret, and take it as the intake takes every notification."""
    body = b'{"type":"channel.test","data":{}}'
    headers = channel.sample(f"test_{token_hex(8)}", int(time.time()), body)
    checked: tuple[str, ...] = ("signed",)
    try:
        notification = channel.read(body, headers, now=int(time.time()), received_at=now)
        checked += ("signature", "timestamp", "form")
        stored = await context.parts.commits.store(Arrival(slug, notification, body, now))
    except Problem as problem:
        return Tried(slug, checked, problem.type.slug, channel.fingerprint)
    except (Busy, NotStored) as error:
        return Tried(slug, checked, type(error).__name__, channel.fingerprint)
    tried = Tried(slug, (*checked, "stored"), None, channel.fingerprint, stored.notification_id)
    return tried if channel.refunds is None else await _ask_for_refund(context, tried, channel.refunds, now)


async def _ask_for_refund(
    context: CollectionContext, tried: Tried, refunds: SignedRefunds, now: datetime
) -> Tried:
    """Ask what became of a refund that nobody asked for: its address says so, signed."""
    wanted = Wanted(f"{_NOBODYS_ORDER}{token_hex(6)}", _NOBODYS_ORDER, 1, 1, now)
    asked, checked, fault = refunds.query(wanted, int(time.time())), tried.checked, None
    try:
        reply = await _call(context, asked)
        checked += ("answered",)
        told = refunds.told(wanted, reply, int(time.time()), now)
        checked += ("answer_signature", told.outcome)
    except (NotSent, AnswerUnknown, Unclear) as error:
        fault = str(error)
    return replace(tried, checked=checked, fault=fault)


async def _call(context: CollectionContext, call: Call) -> Reply:
    outbound = Outbound(networks_of(context.settings.internal_networks))
    answered = await outbound.call(call.method, call.url, call.headers, call.body)
    return Reply(answered.status, answered.headers, answered.body)


async def _ask(context: CollectionContext, slug: str, gateway: Gateway, now: datetime) -> Tried:
    """Ask about an order that there is not: our key, theirs and the way there have to be right to hear so."""
    question = Question(order_no=f"{_NOBODYS_ORDER}{token_hex(6)}", ordered_at=now)
    call = gateway.query(question, int(time.time()))
    assert call is not None, "every gateway is asked by order"
    checked: tuple[str, ...] = ("signed",)
    try:
        reply = await _call(context, call)
        checked += ("answered",)
        told = gateway.told(question, reply, int(time.time()), now)
    except (NotSent, AnswerUnknown, Unclear) as error:
        return Tried(slug, checked, str(error))
    return Tried(slug, (*checked, "signature", told.outcome), None)
