"""Keeps money from cards that its channel gives back, and says whether it may: a card may have claimed it.

The persons whose money it is are locked. Asked, given back and ended may be heard of in any order.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.handling import Received
from libs.common.bus.outbox import Draft
from libs.common.events.channel_refunds import ChannelRefundAnswered, ChannelRefundAsked, ChannelRefundEnded
from libs.common.events.collection import PaymentReturned
from services.subsidy.entitlements.facts import LineKey
from services.subsidy.refunds import channels_store, money_store, returns_store, store
from services.subsidy.refunds.channels_store import ForChannel
from services.subsidy.refunds.closing import close_claims
from services.subsidy.refunds.requesting import Asked, by_system, request_by_itself
from services.subsidy.refunds.rules import ALREADY_PAID, AUTOMATIC, free_for_channel

#: How a refund ends that an officer took from its channel, and why the card gets the money.
TO_CARD, NOT_BY_CHANNEL = "to_card", "not_by_channel"
_BY_CHANNEL = "given_back_by_channel"


async def end_returned(conn: AsyncConnection, returned: Iterable[PaymentReturned]) -> None:
    """Hold money no more that went back: it counts as returned."""
    numbered = {fact.request_no: fact for fact in returned if fact.request_no is not None}
    ended = [
        ForChannel(number, fact.payment_id, fact.line_no, fact.amount_fen, "ended")
        for number, fact in numbered.items()
    ]
    await channels_store.end(conn, ended)


async def release(conn: AsyncConnection, ended: Sequence[ChannelRefundEnded], at: datetime) -> None:
    """Hold money no more that its channel did not give back; what had come twice waits for a card again."""
    if not ended:
        return
    await channels_store.end(conn, [_row(fact, "ended") for fact in ended])
    to_cards = {LineKey(fact.payment_id, fact.line_no): fact for fact in ended if fact.outcome == TO_CARD}
    lines = await money_store.money_of(conn, to_cards)
    asked = {
        line.key: _instead(to_cards[line.key], line.money.whole_fen, at)
        for line in lines
        if line.state == "suspended"
    }
    await request_by_itself(conn, asked)
    await _ask_again(conn, {LineKey(fact.payment_id, fact.line_no) for fact in ended}, at)


def _instead(ended: ChannelRefundEnded, left_fen: int, at: datetime) -> Asked:
    """A refund to a card of what the channel could not give back, as far as it is there."""
    part_fen = ended.amount_fen if ended.amount_fen < left_fen else None
    return Asked(NOT_BY_CHANNEL, AUTOMATIC, at, amount_fen=part_fen)


async def answer_asks(conn: AsyncConnection, asks: Sequence[Received], at: datetime) -> None:
    """Hold what is asked for where no card gets it, and say so.

    A case that opened by itself, and about which nobody decided, gives way.
    """
    facts = {fact.request_no: one for one in asks if isinstance(fact := one.fact, ChannelRefundAsked)}
    for number in await channels_store.known(conn, facts) if facts else ():
        del facts[number]
    for number in sorted(facts):
        await _answer(conn, facts[number], at)


async def _answer(conn: AsyncConnection, received: Received, at: datetime) -> None:
    asked = received.fact
    assert isinstance(asked, ChannelRefundAsked)
    key = LineKey(asked.payment_id, asked.line_no)
    await store.lock_lines(conn, [key])
    line = await money_store.line(conn, key)
    free: bool | None = True
    if line is not None:  # of money that is not known here no card can have claimed any
        unasked = await returns_store.unasked(conn, [key])
        claims = [one for one in await returns_store.claims(conn, [key]) if one.refund_id in unasked]
        claimed = sum(one.amount_fen for one in claims)
        free = free_for_channel(line.money.rest_fen, claimed, asked.amount_fen)
        if free is None:
            await close_claims(conn, claims, _BY_CHANNEL, at)
    await channels_store.add(conn, [_row(asked, "refused" if free is False else "held")])
    await _ask_again(conn, {key}, at)
    await outbox.append(conn, [_answered(asked, free is not False, received)])


async def _ask_again(conn: AsyncConnection, lines: set[LineKey], at: datetime) -> None:
    """Of money that arrived twice, what no channel gives back waits for a decision."""
    twice = [
        line.key
        for line in await money_store.money_of(conn, lines)
        if line.state == "suspended" and line.reason == ALREADY_PAID
    ]
    await request_by_itself(conn, by_system(ALREADY_PAID, twice, at))


def _row(fact: ChannelRefundAsked | ChannelRefundEnded, state: str) -> ForChannel:
    return ForChannel(fact.request_no, fact.payment_id, fact.line_no, fact.amount_fen, state)


def _answered(asked: ChannelRefundAsked, free: bool, received: Received) -> Draft:
    message = received.message
    return Draft(
        ChannelRefundAnswered(
            **asked.model_dump(exclude={"channel", "asked_at"}), free=free, answered_at=message.time
        ),
        str(asked.payment_id if asked.person_id is None else asked.person_id),
        message.time,
        subject=f"payments/{asked.payment_id}/{asked.line_no}",
        correlation_id=message.correlation_id,
        causation_id=message.id,
    )
