"""What the subsidy service says: help that covers everything, and refunds, that is money that went back, and
money that came back again."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.handling import Received
from libs.common.events import Fact
from libs.common.events.subsidy import RefundSettled, SubsidyGranted, SubsidyRevoked
from services.collection.dues.exempting import exempt
from services.collection.matching.store import hold_lease
from services.collection.refunds import store
from services.collection.refunds.store import SettledRefund

TYPES = (RefundSettled, SubsidyGranted, SubsidyRevoked)


async def on_subsidy(conn: AsyncConnection, batch: Sequence[Received]) -> None:
    """Carry exemptions over to dues, and the outcome of refunds to payment lines.

    A refund that failed has changed nothing.
    """
    await hold_lease(conn)
    await exempt(conn, batch)
    for outcomes in _rounds([received.fact for received in batch]):
        await store.refund(conn, [_settled(fact) for fact in outcomes if fact.outcome == "paid"])
        await store.take_back(conn, [_settled(fact) for fact in outcomes if fact.outcome == "returned"])


def _rounds(facts: Sequence[Fact]) -> list[list[RefundSettled]]:
    """Sort outcomes into rounds that speak of each line once, in order (mostly that is one round)."""
    rounds: list[dict[tuple[int, int], RefundSettled]] = []
    turn: Counter[tuple[int, int]] = Counter()
    for fact in facts:
        if not isinstance(fact, RefundSettled) or fact.outcome == "failed":
            continue
        key = (fact.payment_id, fact.line_no)
        if turn[key] == len(rounds):
            rounds.append({})
        rounds[turn[key]][key] = fact
        turn[key] += 1
    return [[outcomes[key] for key in sorted(outcomes)] for outcomes in rounds]


def _settled(fact: RefundSettled) -> SettledRefund:
    return SettledRefund(
        payment_id=fact.payment_id,
        line_no=fact.line_no,
        refund_id=fact.refund_id,
        refund_attempt=fact.attempt,
        refund_outcome=fact.outcome,
        settled_at=fact.settled_at,
        note=fact.reason,
    )
