"""Events in: money that arrived twice opens a refund case, money that was applied after all closes it."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from services.subsidy.entitlements.lines_store import Written
from services.subsidy.refunds import returns_store
from services.subsidy.refunds.closing import close_claims
from services.subsidy.refunds.requesting import Asked, request_by_itself
from services.subsidy.refunds.rules import ALREADY_PAID, AUTOMATIC


async def on_lines(conn: AsyncConnection, written: Sequence[Written]) -> None:
    """Open and close the cases that follow from payment lines of which something was news.

    Money that is applied although its refund is with the bank or paid carries no help: it is not there.
    """
    twice = [one.line for one in written if one.line.state == "suspended" and one.line.reason == ALREADY_PAID]
    applied = [one.line.key for one in written if one.line.state == "applied" and not one.new]
    await close_claims(conn, await returns_store.claims(conn, applied), "applied")
    await request_by_itself(
        conn, {line.key: Asked(ALREADY_PAID, AUTOMATIC, line.happened_at) for line in twice}
    )
