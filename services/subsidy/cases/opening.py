"""Opens a case where the reason of help fell away after its money left; closes it where it holds again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import store as cases
from libs.common.cases.store import Gone, NewCase
from services.subsidy.cases import store
from services.subsidy.cases.rules import CAUSE_GONE, PART_RECOVERY, RECOVERY, proposed_step, subject_of
from services.subsidy.entitlements.facts import YearKey
from services.subsidy.entitlements.rules import Excess, Revocation
from services.subsidy.refunds import money_store


@dataclass(frozen=True, slots=True)
class Stuck:
    """Help of a person's year that would be taken back, had its money not left."""

    key: YearKey
    what: Revocation


@dataclass(frozen=True, slots=True)
class Exceeding:
    """Help of a person's year that has left, and is more than the facts give by now."""

    key: YearKey
    what: Excess


async def keep_recoveries(
    conn: AsyncConnection, stuck: Sequence[Stuck], settled: Collection[int], at: datetime
) -> None:
    """Open the case of every stuck grant, and close those of settled ones; what was decided stays.

    Where the own money goes back whole, help is taken off it and the fund returns it: that needs no case.
    """
    by_id = {one.what.grant.grant_id: one for one in stuck}
    found = [one for one in await store.candidates(conn, by_id) if not one.decided] if by_id else []
    lines = await money_store.money_of(conn, {one.line for one in found if one.line is not None})
    money = {line.key: line.money for line in lines}
    opened: list[NewCase] = []
    covered: list[Gone] = []
    for one in found:
        left = money.get(one.line) if one.line is not None else None
        if one.refund_waits and left is not None and left.nets_help:
            covered.append(Gone(RECOVERY.code, subject_of(one.grant_id)))
        else:
            opened.append(_case(by_id[one.grant_id], proposed_step(left, cover_ended=one.cover_ended)))
    await cases.open_cases(conn, opened)
    gone = [Gone(RECOVERY.code, subject_of(grant_id)) for grant_id in sorted(settled)]
    await cases.close_cases(conn, [*gone, *covered], at, CAUSE_GONE)


async def keep_excesses(conn: AsyncConnection, grants: Mapping[int, Exceeding | None], at: datetime) -> None:
    """Open the case of every grant of which a part is too much, and close those of others."""
    too_much = {grant_id: one for grant_id, one in grants.items() if one is not None}
    given_up = await store.given_up(conn, too_much) if too_much else {}
    rest = {grant_id: one.what.fen - given_up.get(grant_id, 0) for grant_id, one in too_much.items()}
    await cases.open_cases(conn, [_case_of_part(too_much[key], fen) for key, fen in rest.items() if fen > 0])
    gone = [grant_id for grant_id in sorted(grants) if rest.get(grant_id, 0) <= 0]
    await cases.close_cases(conn, [Gone(PART_RECOVERY.code, subject_of(one)) for one in gone], at, CAUSE_GONE)


def _case_of_part(exceeding: Exceeding, fen: int) -> NewCase:
    grant = exceeding.what.grant
    return NewCase(
        kind=PART_RECOVERY.code,
        subject=subject_of(grant.grant_id),
        owner=PART_RECOVERY.owner,
        proposed="recovered",
        opened_at=exceeding.what.since,
        evidence={
            "grant_id": grant.grant_id,
            "payer": grant.payer,
            "left_fen": grant.left_fen,
            "given_fen": grant.left_fen - exceeding.what.fen,
            "payment_id": grant.payment_id,
            "line_no": grant.line_no,
        },
        county=grant.county,
        coverage_year=exceeding.key.coverage_year,
        division_code=grant.division_code,
        person_id=exceeding.key.person_id,
        amount_fen=fen,
    )


def _case(stuck: Stuck, proposed: str) -> NewCase:
    grant = stuck.what.grant
    return NewCase(
        kind=RECOVERY.code,
        subject=subject_of(grant.grant_id),
        owner=RECOVERY.owner,
        proposed=proposed,
        opened_at=stuck.what.revoked_at,
        evidence={"grant_id": grant.grant_id, "payer": grant.payer, "why": stuck.what.reason},
        county=grant.county,
        coverage_year=stuck.key.coverage_year,
        division_code=grant.division_code,
        person_id=stuck.key.person_id,
        amount_fen=grant.left_fen,
    )
