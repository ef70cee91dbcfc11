"""Issues the one receipt of a unit for the people of its order whom the money was applied to.

Names are masked on it: the unit has its own list, and the line says who it is.
"""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from services.collection.certificates.issuing import Coded, Facts, Issuing, Payer, Wanted
from services.collection.certificates.naming import Named
from services.collection.orders.store import OrderWithItems
from services.collection.problems import NOTHING_PAID
from services.collection.units import store
from services.collection.units.rules import Unit


async def issue_receipt(
    conn: AsyncConnection,
    issuing: Issuing,
    caller: Caller,
    unit: Unit,
    found: OrderWithItems,
    check_address: str,
    now: datetime,
) -> Coded:
    """Issue the receipt of an order as its money stands now. Raises Problem 409 where nothing counts."""
    lines = {one.person_id: one.line_no for one in await store.on_list(conn, unit.unit_id)}
    paid = await store.paid_by(conn, found.order.order_no)
    # In the order of the list; who is not on it any more comes last.
    people = sorted(paid, key=lambda person: (person not in lines, lines.get(person, 0), person))
    given = {
        item.person_id: Named(item.masked_name or "", _line(lines.get(item.person_id)))
        for item in found.items
    }
    wanted = Wanted(
        kind="receipt",
        coverage_year=unit.coverage_year,
        groups=[people],
        given=given,
        may_name=False,
        check_address=check_address,
        by=caller.subject,
        now=now,
        payer=Payer(unit.name, unit.division_code, found.order.order_no),
    )
    facts = _of_order(await issuing.gather(conn, wanted), found.order.payment_id)
    if not people or facts.unpaid(people):
        raise NOTHING_PAID.problem()
    operation, about = "create_unit_receipt", f"unit {unit.code}"
    await record_lookup(conn, caller, operation=operation, at=now, person_ids=people, purpose=about)
    (made,) = await issuing.issue(conn, wanted, facts)
    return made


def _of_order(facts: Facts, payment_id: int | None) -> Facts:
    """What this order paid, without what the people bought by themselves."""
    lines = {
        person: [line for line in some if line.payment_id == payment_id]
        for person, some in facts.lines.items()
    }
    return Facts(facts.paid, lines, facts.names)


def _line(line_no: int | None) -> str:
    return f"名单第 {line_no} 行" if line_no else "已不在名单"
