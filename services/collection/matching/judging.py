"""Finds whose money payment lines are, and judges them by what is owed and paid."""

from collections.abc import Collection, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from services.collection.decisions.rules import Judging
from services.collection.dues import schedules_store
from services.collection.households import members_store
from services.collection.households import store as households_store
from services.collection.households.rules import TermsOfNotices, Tiers
from services.collection.matching import store
from services.collection.matching.reading import sought
from services.collection.matching.rules import Decision, Dues, Line, PersonYear
from services.collection.matching.sharing import check_within
from services.collection.repairs import store as repairs_store
from services.collection.repairs.rules import whose_repairs


async def judged(
    conn: AsyncConnection,
    lines: Sequence[Line],
    terms: TermsOfNotices,
    *,
    whole_households: bool = True,
    counties: Collection[str] | None = None,
) -> list[Decision]:
    """Find whose money the lines are and judge them, in their order.

    Without `whole_households` nobody waits for the others of a household that pays together. Raises
    BeyondCounties if that needs more than `counties`, of which the caller holds the lease.
    """
    digests, people = sought(lines)
    dues = Dues(await schedules_store.found(conn, digests, people))
    years = {line.coverage_year for line in lines}
    check_within(counties, dues.counties(years).union(line.county for line in lines))
    paid = await store.paid_people(conn, dues.people())
    on_one_tier = dues.households(lambda due: terms.of(due.county, due.coverage_year).same_tier)
    together = dues.households(
        lambda due: whole_households and terms.of(due.county, due.coverage_year).indivisible
    )
    members = await members_store.members(conn, together)
    check_within(counties, {one.due.county for some in members.values() for one in some})
    others = [
        PersonYear(one.due.coverage_year, one.due.person_id) for some in members.values() for one in some
    ]
    wanted = any(line.repaired_year is not None for line in lines)
    repaired = whose_repairs(dues.all()) if wanted else []
    return Judging(
        dues,
        [*paid, *await store.paid_people(conn, sorted(others))],
        terms=terms,
        tiers=Tiers(await households_store.paid_tiers(conn, on_one_tier)),
        bought=await households_store.bought(conn, dues.people_with_add_ons(terms)),
        members=members,
        repairs=await repairs_store.standing(conn, repaired),
    ).decide(lines)
