"""Ends refunds by channels, however that is heard: a notice, an answer, a file, or an officer.

Whoever calls holds the lease.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Draft
from libs.common.cases.store import Gone, NewCase, close_cases, open_cases
from libs.common.events.channel_refunds import ChannelRefundEnded
from services.collection.cases.channel_refunds import ABNORMAL, UNDONE
from services.collection.channel_refunds import store
from services.collection.channel_refunds.rules import BEFORE, GIVEN_UP, ChannelRefundState
from services.collection.channel_refunds.store import Change, ChannelRefundRow


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a refund, and when; `word` is why, `return_no` the channel's number of it.

    `booked_before`: what went back is on the books already, without our number.
    """

    request_no: str
    state: ChannelRefundState
    at: datetime
    word: str | None = None
    return_no: str | None = None
    booked_before: bool = False


async def settle(conn: AsyncConnection, ended: Sequence[Ended], at: datetime) -> None:
    """Write how refunds ended, told at `at`; what did not go back waits in suspense again."""
    for state in sorted({one.state for one in ended}):
        changes = [
            Change(
                one.request_no,
                state,
                one.word,
                one.return_no,
                next_at=None,
                ended_at=None if state == "abnormal" else one.at,
            )
            for one in ended
            if one.state == state
        ]
        changed = await store.change(conn, changes, BEFORE[state])
        before = {one.request_no for one in ended if one.booked_before}
        await _follow_up(conn, changed, at, before)


async def _follow_up(
    conn: AsyncConnection, changed: Collection[ChannelRefundRow], at: datetime, booked_before: set[str]
) -> None:
    """Open and close cases, and say of what did not go back that it is free again.

    Where the return was told of without our number, nothing else says that this was it.
    """
    over = [Gone(ABNORMAL.code, subject_of(one)) for one in changed if one.state != "abnormal"]
    done = [Gone(UNDONE.code, subject_of(one)) for one in changed if one.state == "done"]
    await close_cases(conn, [*over, *done], at, "it has ended")
    await open_cases(conn, [_case(one, at) for one in changed if one.state != "done" and not _given_up(one)])
    undone = [one for one in changed if one.state in ("closed", "failed")]
    known = [one for one in changed if one.state == "done" and one.request_no in booked_before]
    await outbox.append(conn, [_told(one) for one in (*undone, *known)])


def subject_of(refund: ChannelRefundRow) -> str:
    """What cases about it are about."""
    return f"channel-refunds/{refund.request_no}"


def key_of(refund: ChannelRefundRow) -> str:
    """The key of facts about it."""
    return str(refund.person_id) if refund.person_id is not None else f"payment-{refund.payment_id}"


def _given_up(refund: ChannelRefundRow) -> bool:
    """Whether an officer ended it, about whom nobody has to be asked."""
    return refund.state == "closed" and refund.word == GIVEN_UP


def _case(refund: ChannelRefundRow, at: datetime) -> NewCase:
    kind = ABNORMAL if refund.state == "abnormal" else UNDONE
    return NewCase(
        kind=kind.code,
        subject=subject_of(refund),
        owner=kind.owner,
        proposed=kind.steps[0].code,
        opened_at=at,
        evidence={
            "channel_refund_id": refund.channel_refund_id,
            "request_no": refund.request_no,
            "payment_id": refund.payment_id,
            "line_no": refund.line_no,
            "channel": refund.channel,
            "state": refund.state,
            "word": refund.word,
        },
        county=refund.county,
        coverage_year=refund.coverage_year,
        division_code=refund.division_code,
        person_id=refund.person_id,
        amount_fen=refund.amount_fen,
    )


def _told(refund: ChannelRefundRow) -> Draft:
    assert refund.ended_at is not None, "it has ended"
    return Draft(
        ChannelRefundEnded(
            request_no=refund.request_no,
            payment_id=refund.payment_id,
            line_no=refund.line_no,
            amount_fen=refund.amount_fen,
            person_id=refund.person_id,
            county=refund.county,
            coverage_year=refund.coverage_year,
            division_code=refund.division_code,
            channel=refund.channel,
            outcome=GIVEN_UP if _given_up(refund) else refund.state,
            ended_at=refund.ended_at,
        ),
        key_of(refund),
        refund.ended_at,
        subject=f"payments/{refund.payment_id}/{refund.line_no}",
        correlation_id=f"payment-{refund.payment_id}",
    )
