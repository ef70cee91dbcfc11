"""Events in: money that arrived twice opens a refund case, money that was applied after all closes it."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from services.subsidy.entitlements.facts import LineKey
from services.subsidy.entitlements.store import PaymentLine
from services.subsidy.payouts import store as payouts_store
from services.subsidy.refunds import store, superseding_store
from services.subsidy.refunds.rules import ALREADY_PAID, AUTOMATIC


async def on_lines(
    conn: AsyncConnection, lines: Sequence[PaymentLine], written: Mapping[LineKey, bool]
) -> set[LineKey]:
    """Take in payment lines that were just written (`written`: whether new); give those refunded already.

    Refunded already is money that was applied from suspense although its refund is with the bank or paid: it
    carries no help.
    """
    opened = [
        line.key
        for line in lines
        if line.state == "suspended" and line.reason == ALREADY_PAID and written[line.key]
    ]
    await superseding_store.open_automatic(conn, sorted(opened), AUTOMATIC)
    applied = [line.key for line in lines if line.state == "applied" and not written[line.key]]
    return await _supersede(conn, sorted(applied)) if applied else set()


async def _supersede(conn: AsyncConnection, lines: Sequence[LineKey]) -> set[LineKey]:
    await superseding_store.supersede_undecided(conn, lines)
    approved = await superseding_store.approved_refunds(conn, lines)
    if approved:
        cancelled = await payouts_store.cancel_payouts(conn, refund_ids=approved, reason="applied")
        await superseding_store.supersede(conn, cancelled)
    gone = {line for line in lines if await store.refunded_fen(conn, line) > 0}
    for line in sorted(gone):
        await store.give_back(conn, line, 0, whole=True)
    return gone
