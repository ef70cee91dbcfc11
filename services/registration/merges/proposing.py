"""Proposes that two records are one person: a case that shows what merging them would do."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import store as cases
from libs.common.cases.deciding import ask_second
from libs.common.cases.store import ApprovalRow, NewApproval, NewCase
from libs.common.names import normalize_name
from libs.common.security.caller import Caller
from libs.common.web.catalogue import OUTSIDE_DIVISION
from services.registration.cases.rules import SAME_PERSON
from services.registration.merges import store
from services.registration.merges.problems import ALREADY_ONE_PERSON, PEOPLE_OF_TWO_COUNTIES
from services.registration.merges.rules import Pair, Record, Year, years_of_both
from services.registration.moves.problems import HEADS_A_HOUSEHOLD
from services.registration.people import store as people
from services.registration.people.store import Person

MERGE = "merge"


def subject_of(right: int, other: int) -> str:
    """What the case is filed under; the first is the record that is right."""
    return f"persons/{right}+{other}"


def people_of(subject: str) -> tuple[int, int]:
    """The right record and the other one of a case."""
    right, other = subject.removeprefix("persons/").split("+")
    return int(right), int(other)


def pair_of(right: Person, other: Person) -> Pair:
    """Two records that may be merged. Raises Problem."""
    if right.id == other.id:
        raise ALREADY_ONE_PERSON.problem()
    if right.county != other.county:
        raise PEOPLE_OF_TWO_COUNTIES.problem()
    return Pair(_record(right), _record(other))


async def check_heads(conn: AsyncConnection, pair: Pair) -> None:
    """Refuse to leave a household without its head. Raises Problem."""
    for record in (pair.right, pair.other):
        if await store.heads_others(conn, record.id, pair.right.household_id):
            raise HEADS_A_HOUSEHOLD.problem(person_id=record.id)


async def open_case(conn: AsyncConnection, pair: Pair, now: datetime) -> int:
    """Open the case about two records, or bring it up to date; give its id."""
    both = years_of_both(await store.enrolled(conn, pair))
    subject = subject_of(pair.right.id, pair.other.id)
    case = NewCase(
        kind=SAME_PERSON.code,
        subject=subject,
        owner=SAME_PERSON.owner,
        proposed=MERGE,
        opened_at=now,
        evidence=_evidence(pair, both),
        county=pair.right.county,
        division_code=pair.division_code,
        person_id=pair.right.id,
        amount_fen=sum(year.ends.paid_fen or 0 for year in both),
    )
    await cases.open_cases(conn, [case])
    case_id = await store.open_case(conn, case.kind, subject)
    assert case_id is not None, "it was opened just now"
    return case_id


async def propose(
    conn: AsyncConnection, right: Person, other: Person, caller: Caller, reason: str, now: datetime
) -> tuple[int, ApprovalRow]:
    """Ask a second person, who sees both, to merge them; give the case and the approval. Raises Problem."""
    if not caller.sees(right.division_code) and not caller.sees(other.division_code):
        raise OUTSIDE_DIVISION.problem()
    await people.take_turn(conn, right.county)
    pair = pair_of(await people.the(conn, right.id), await people.the(conn, other.id))
    await check_heads(conn, pair)
    case_id = await open_case(conn, pair, now)
    asked = await ask_second(
        conn,
        NewApproval(
            operation=f"{SAME_PERSON.code}:{MERGE}",
            subject=subject_of(pair.right.id, pair.other.id),
            payload={"step": MERGE},
            reason=reason,
            asked_by=caller.subject,
            asked_at=now,
            county=right.county,
            division_code=pair.division_code,
            case_id=case_id,
        ),
    )
    return case_id, asked


def _record(person: Person) -> Record:
    return Record(
        id=person.id,
        county=person.county,
        household_id=person.household_id,
        division_code=person.division_code,
        name=person.name,
        born=person.born,
    )


def _evidence(pair: Pair, both: list[Year]) -> Mapping[str, JsonValue]:
    return {
        "right_person_id": pair.right.id,
        "other_person_id": pair.other.id,
        "survivor_person_id": pair.survivor,
        "same_name": normalize_name(pair.right.name) == normalize_name(pair.other.name),
        "same_birth": pair.right.born == pair.other.born,
        "years": [
            {
                "coverage_year": year.stands.coverage_year,
                "stands_enrollment_id": year.stands.id,
                "stands_state": year.stands.state,
                "ends_enrollment_id": year.ends.id,
                "ends_state": year.ends.state,
                "ends_paid_fen": year.ends.paid_fen or 0,
            }
            for year in both
        ],
    }
