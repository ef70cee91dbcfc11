"""Notes that help which had left came back, from the person or out of the fund."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.outbox import Cause
from libs.common.cases.deciding import Decision
from libs.common.cases.store import CaseRow
from services.subsidy.cards import store as cards_store
from services.subsidy.cases import store
from services.subsidy.cases.problems import NOT_IN_FUND
from services.subsidy.cases.rules import in_fund, subject_of
from services.subsidy.entitlements.facts import YearKey
from services.subsidy.grants import store as grants
from services.subsidy.grants.deciding import decide_again
from services.subsidy.grants.recovering import Recovery, recover, recover_part, tell_recovered
from services.subsidy.grants.store import GrantRow
from services.subsidy.refunds import money_store


async def from_person(conn: AsyncConnection, context: object, case: CaseRow, decision: Decision) -> None:
    """The person gave the help back: its payer has the money again."""
    some = await _held(conn, case)
    how = Recovery("person", decision.at, "withdrawn", _cause(case))
    if case.subject == subject_of(_grant_id(case)):
        await recover(conn, some, how)
    else:  # a bank paid after all what had been taken back before
        await tell_recovered(conn, some, how)
    await _decide_again(conn, some, how)


async def part_from_person(conn: AsyncConnection, context: object, case: CaseRow, decision: Decision) -> None:
    """The person gave a part of the help back: its payer bears so much less."""
    (grant,) = await _held(conn, case)
    how = Recovery("person", decision.at, "given_back", _cause(case))
    await recover_part(conn, grant, case.amount_fen or 0, how)
    await _decide_again(conn, [grant], how)


async def from_fund(conn: AsyncConnection, context: object, case: CaseRow, decision: Decision) -> None:
    """The fund returns the help out of the person's own contribution; refuse where it has none of it."""
    some = await _held(conn, case)
    for one in await store.candidates(conn, [_grant_id(case)]):
        line = await money_store.line(conn, one.line) if one.line is not None else None
        if not in_fund(line.money if line is not None else None, cover_ended=one.cover_ended):
            raise NOT_IN_FUND.problem()
    how = Recovery("fund", decision.at, "withdrawn", _cause(case))
    await recover(conn, some, how)
    await _decide_again(conn, some, how)


async def _held(conn: AsyncConnection, case: CaseRow) -> Sequence[GrantRow]:
    """The grant of a case, with the person it is of: facts about both wait until this is decided."""
    if case.person_id is not None:
        await cards_store.lock_persons(conn, {case.person_id})
    return await grants.some(conn, [_grant_id(case)])


async def _decide_again(conn: AsyncConnection, some: Sequence[GrantRow], how: Recovery) -> None:
    """Give what others were kept from by the help that came back."""
    years = {YearKey(one.person_id, one.coverage_year) for one in some}
    await decide_again(conn, years, how.at, how.cause)


def _cause(case: CaseRow) -> Cause:
    return Cause(f"case-{case.case_id}")


def _grant_id(case: CaseRow) -> int:
    return int(str(case.evidence["grant_id"]))
