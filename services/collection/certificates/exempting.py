"""Tells of who is exempt what a paper needs: whose help covers the contribution, from when to when."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from services.collection.certificates import store
from services.collection.certificates.facts_store import Paid
from services.collection.dues import store as dues_store
from services.collection.dues.rules import Due, segment_at


async def exempt_of(conn: AsyncConnection, people: Sequence[int], coverage_year: int) -> dict[int, Paid]:
    """By person, the year of those of these people who are exempt now."""
    dues = await dues_store.of_people(conn, people, coverage_year)
    exempt = [due for due in dues.values() if due.state == "exempt"]
    covers = await store.covers_of(conn, [due.enrollment_id for due in exempt])
    return {due.person_id: _year_of(due, *covers.get(due.enrollment_id, (None, None))) for due in exempt}


def _year_of(due: Due, cover_from: date | None, cover_to: date | None) -> Paid:
    at = None if due.exempt_at is None else segment_at(due.schedule, due.exempt_at)
    if at is None or at.outcome != "exempt":
        # What was assessed since may begin later, or end before.
        at = next((one for one in due.schedule if one.outcome == "exempt"), None)
    return Paid(
        person_id=due.person_id,
        enrollment_id=due.enrollment_id,
        household_id=due.household_id,
        county=due.county,
        coverage_year=due.coverage_year,
        division_code=due.division_code,
        tier=due.tier,
        voucher_no="",
        window=(at.window if at is not None else None) or "",
        price_fen=(at.price_fen if at is not None else None) or 0,
        own_fen=0,
        add_on_fen=0,
        subsidies=[one.model_dump() for one in at.subsidies] if at is not None else [],
        name_digest=due.name_digest,
        cover_from=cover_from,
        cover_to=cover_to,
        withdrawn=False,
        exempt=True,
    )
