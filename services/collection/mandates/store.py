"""SQL of mandates and of those whom they pay for."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, execute, fetch_as, fetch_one_as, fetch_value, statement
from services.collection.mandates.rules import MandateEnd
from services.collection.tables import debit_mandate_people, debit_mandates, dues


@dataclass(frozen=True, slots=True)
class NewMandateRow:
    """A mandate to write, with the account in the clear: the door seals it."""

    county: str
    division_code: str
    channel: str
    agreement_no: str
    holder: str
    account_no: str
    account_masked: str
    payer_id: int | None
    from_year: int
    most_fen: int | None
    made_at: datetime
    made_by: str


@dataclass(frozen=True, slots=True)
class MandateRow:
    """A mandate as it is shown, with those whom it pays for, or paid for when it ended."""

    mandate_id: int
    county: str
    division_code: str
    channel: str
    agreement_no: str
    account_masked: str
    payer_id: int | None
    from_year: int
    most_fen: int | None
    made_at: datetime
    ended_at: datetime | None
    end_reason: MandateEnd | None
    person_ids: list[int]


@dataclass(frozen=True, slots=True)
class PaidFor:
    """Somebody whom a mandate is to pay for, and where they live by their newest enrollment."""

    person_id: int
    household_id: int | None
    division_code: str


@dataclass(frozen=True, slots=True)
class Active:
    """That somebody has a mandate."""

    person_id: int
    mandate_id: int


_NEWEST = "SELECT DISTINCT ON (d.person_id) d.person_id, d.household_id, d.division_code FROM dues d"
_BY_YEAR = "ORDER BY d.person_id, (d.state = 'cancelled'), d.coverage_year DESC, d.enrollment_id DESC"
_PEOPLE = statement(f"""
    {_NEWEST} WHERE d.county = :county AND d.revision > 0 AND d.person_id {any_of(dues.c.person_id, "people")}
    {_BY_YEAR}
""")
_HOUSEHOLD = statement(f"""
    SELECT * FROM (
        {_NEWEST} WHERE d.county = :county AND d.revision > 0 AND d.person_id IN (
            SELECT person_id FROM dues WHERE household_id = :household_id) {_BY_YEAR}
    ) newest WHERE household_id = :household_id ORDER BY person_id
""")
_NEW = Records(debit_mandates, *NewMandateRow.__dataclass_fields__)
_ADD = statement(f"""
    INSERT INTO debit_mandates ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW}
    ON CONFLICT (county, channel, agreement_no) WHERE ended_at IS NULL DO NOTHING RETURNING mandate_id
""")
_NEW_PEOPLE = Records(debit_mandate_people, "mandate_id", "person_id", "county", "added_at")
_ADD_PEOPLE = statement(f"""
    INSERT INTO debit_mandate_people ({_NEW_PEOPLE.names}) SELECT {_NEW_PEOPLE.names} FROM {_NEW_PEOPLE}
    ORDER BY person_id
    ON CONFLICT (person_id, county) WHERE ended_at IS NULL DO NOTHING
""")
_ACTIVE = statement(f"""
    SELECT person_id, mandate_id FROM debit_mandate_people
    WHERE county = :county AND ended_at IS NULL
      AND person_id {any_of(debit_mandate_people.c.person_id, "people")}
    ORDER BY person_id
""")
_SHOWN = """
    SELECT m.mandate_id, m.county, m.division_code, m.channel, m.agreement_no, m.account_masked, m.payer_id,
           m.from_year, m.most_fen, m.made_at, m.ended_at, m.end_reason,
           ARRAY(SELECT p.person_id FROM debit_mandate_people p
                 WHERE p.mandate_id = m.mandate_id AND p.ended_at IS NOT DISTINCT FROM m.ended_at
                 ORDER BY p.person_id) AS person_ids
    FROM debit_mandates m
"""
_ONE = statement(f"{_SHOWN} WHERE m.mandate_id = :mandate_id")
_LOCKED = statement(f"{_SHOWN} WHERE m.mandate_id = :mandate_id FOR UPDATE OF m")
_PAGE = statement(f"""
    {_SHOWN} WHERE m.mandate_id > :after AND starts_with(m.division_code, :division) AND m.county = :county
      AND (CAST(:active AS boolean) IS NULL OR (m.ended_at IS NULL) = :active)
      AND (CAST(:person_id AS bigint) IS NULL OR m.mandate_id IN (
           SELECT mandate_id FROM debit_mandate_people WHERE person_id = :person_id))
    ORDER BY m.mandate_id LIMIT :limit
""")
_END = statement(f"""
    WITH ended AS (
        UPDATE debit_mandates SET ended_at = :at, ended_by = :by, end_reason = :reason
        WHERE mandate_id {any_of(debit_mandates.c.mandate_id, "ids")} AND ended_at IS NULL
        RETURNING mandate_id
    )
    UPDATE debit_mandate_people p SET ended_at = :at FROM ended
    WHERE p.mandate_id = ended.mandate_id AND p.ended_at IS NULL
""")
# Whoever goes on keeps the own mandate; the other's one does not pay for the same person.
_END_SECOND = statement("""
    UPDATE debit_mandate_people p SET ended_at = :at
    WHERE p.person_id = :merged_person_id AND p.ended_at IS NULL AND EXISTS (
        SELECT FROM debit_mandate_people o
        WHERE o.person_id = :person_id AND o.county = p.county AND o.ended_at IS NULL)
""")
_FOLLOW_PEOPLE = statement("""
    UPDATE debit_mandate_people p SET person_id = :person_id
    WHERE p.person_id = :merged_person_id AND NOT EXISTS (
        SELECT FROM debit_mandate_people o
        WHERE o.mandate_id = p.mandate_id AND o.person_id = :person_id)
""")
_FOLLOW_PAYER = statement("""
    UPDATE debit_mandates SET payer_id = :person_id WHERE payer_id = :merged_person_id
""")
_END_EMPTY = statement("""
    UPDATE debit_mandates m SET ended_at = :at, ended_by = 'canbao', end_reason = 'merged'
    WHERE m.ended_at IS NULL AND m.payer_id IS NULL
      AND m.mandate_id IN (SELECT mandate_id FROM debit_mandate_people WHERE person_id = :merged_person_id)
      AND NOT EXISTS (SELECT FROM debit_mandate_people p
                      WHERE p.mandate_id = m.mandate_id AND p.ended_at IS NULL)
""")


async def people(conn: AsyncConnection, county: str, person_ids: Collection[int]) -> dict[int, PaidFor]:
    """Of these persons those who are known in a county."""
    found = await fetch_as(conn, PaidFor, _PEOPLE, county=county, people=sorted(person_ids))
    return {one.person_id: one for one in found}


async def household(conn: AsyncConnection, county: str, household_id: int) -> list[PaidFor]:
    """Who belongs to a household by their newest enrollments."""
    return await fetch_as(conn, PaidFor, _HOUSEHOLD, county=county, household_id=household_id)


async def add(conn: AsyncConnection, row: NewMandateRow) -> int | None:
    """Write a mandate; None where its agreement is on record."""
    return await fetch_value(conn, int, _ADD, rows=[row])


async def add_people(
    conn: AsyncConnection, mandate_id: int, county: str, person_ids: Sequence[int], at: datetime
) -> int:
    """Write whom a mandate pays for; give of how many nobody else's does."""
    rows = [
        {"mandate_id": mandate_id, "person_id": one, "county": county, "added_at": at} for one in person_ids
    ]
    return await execute(conn, _ADD_PEOPLE, rows=rows)


async def active(conn: AsyncConnection, county: str, person_ids: Collection[int]) -> list[Active]:
    """Which mandates pay for these persons."""
    return await fetch_as(conn, Active, _ACTIVE, county=county, people=sorted(person_ids))


async def one(conn: AsyncConnection, mandate_id: int, *, lock: bool = False) -> MandateRow | None:
    """One mandate; with `lock` held until the transaction ends."""
    return await fetch_one_as(conn, MandateRow, _LOCKED if lock else _ONE, mandate_id=mandate_id)


async def page(
    conn: AsyncConnection,
    division: str,
    county: str,
    person_id: int | None,
    active: bool | None,
    after: int,
    limit: int,
) -> list[MandateRow]:
    """A page of the mandates of a division."""
    return await fetch_as(
        conn, MandateRow, _PAGE, division=division, county=county, person_id=person_id, active=active,
        after=after, limit=limit,
    )  # fmt: skip


async def end(
    conn: AsyncConnection, mandate_ids: Collection[int], reason: MandateEnd, by: str, at: datetime
) -> None:
    """End mandates, and what they were to pay; those that ended before stay as they are."""
    if mandate_ids:
        await execute(conn, _END, ids=sorted(mandate_ids), reason=reason, by=by, at=at)


async def follow(conn: AsyncConnection, person_id: int, merged_person_id: int, at: datetime) -> None:
    """Let the mandates of a record that was merged pay for whoever goes on."""
    await execute(conn, _END_SECOND, person_id=person_id, merged_person_id=merged_person_id, at=at)
    await execute(conn, _END_EMPTY, merged_person_id=merged_person_id, at=at)
    await execute(conn, _FOLLOW_PEOPLE, person_id=person_id, merged_person_id=merged_person_id)
    await execute(conn, _FOLLOW_PAYER, person_id=person_id, merged_person_id=merged_person_id)
