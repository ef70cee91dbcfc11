"""Events in: money that arrived twice opens a refund case; what does not wait for it any more closes it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.subsidy.entitlements.lines_store import PaymentLine, Written
from services.subsidy.refunds import returns_store
from services.subsidy.refunds.closing import close_claims
from services.subsidy.refunds.requesting import Asked, request_by_itself
from services.subsidy.refunds.rules import ALREADY_PAID, AUTOMATIC


async def on_lines(conn: AsyncConnection, written: Sequence[Written], at: datetime) -> None:
    """Open and close the cases that follow from payment lines of which something was news.

    Money that is applied although its refund is with the bank or paid carries no help: it is not there.
    """
    twice = [one.line for one in written if _twice(one.line) and not _known_as_twice(one)]
    applied = [one.line.key for one in written if one.line.state == "applied" and not one.new]
    await close_claims(conn, await returns_store.claims(conn, applied), "applied", at)
    explained = [one.line.key for one in written if _explained(one)]
    await returns_store.supersede(conn, await returns_store.unasked(conn, explained), at)
    await request_by_itself(
        conn, {line.key: Asked(ALREADY_PAID, AUTOMATIC, line.happened_at) for line in twice}
    )


def _twice(line: PaymentLine) -> bool:
    return line.state == "suspended" and line.reason == ALREADY_PAID


def _known_as_twice(one: Written) -> bool:
    """Whether its case was opened before; what was decided about it is not asked again."""
    return one.waited_for == ALREADY_PAID and one.waited_of == one.line.person_id


def _explained(one: Written) -> bool:
    """Whether it waited as money that arrived twice, and does not any more, or is somebody else's."""
    waits = one.line.state == "suspended" and one.waited_for == ALREADY_PAID
    return waits and not (_twice(one.line) and _known_as_twice(one))
