"""SQL of erasures: of which years anything is, and everything that says who somebody was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.dates import first_second, instant_of
from libs.common.db.rows import (
    Statement,
    any_of,
    execute,
    fetch_as,
    fetch_one_as,
    fetch_values,
    statement,
    value_of,
)
from libs.common.db.sealed import Sealed
from services.registration import tables
from services.registration.erasures.rules import INSURED_YEARS, OTHERS_YEARS, Kept, Standing

_IDS = any_of(tables.persons.c.id, "people")


def _numbers(ids: str, county: str) -> str:
    """The numbers that lead to people, right and wrong ones."""
    return f"""
    SELECT number_digest FROM documents WHERE county = {county} AND person_id {ids}
    UNION SELECT f.number_digest FROM former_numbers f
    JOIN documents d ON d.county = f.county AND d.number_digest = f.current_digest
    WHERE d.county = {county} AND d.person_id {ids}
"""


def _kept(ids: str, county: str) -> str:
    """Of which years anything is: a status, a list, money and a consent are one as much as an enrollment."""
    numbers = _numbers(ids, county)
    return f"""
    SELECT max(coverage_year) AS last_year, bool_or(insured) AS insured,
           (array_agg(what ORDER BY coverage_year DESC, what))[1] AS last_by FROM (
        SELECT coverage_year, 'enrollment' AS what, completed_at IS NOT NULL OR was_complete_at IS NOT NULL
               OR EXISTS (SELECT FROM completions c WHERE c.enrollment_id = e.id) AS insured
        FROM enrollments e WHERE person_id {ids}
        UNION ALL SELECT coverage_year, 'money', true FROM waiting_money WHERE person_id {ids}
        UNION ALL SELECT coverage_year, 'money', true FROM elsewhere_helps WHERE person_id {ids}
        UNION ALL SELECT coverage_year, 'roster', false FROM status_statements WHERE person_id {ids}
        UNION ALL SELECT coverage_year, 'history', false FROM history_statements
        WHERE number_digest IN ({numbers})
        UNION ALL SELECT coverage_year, 'consent', false FROM contacts WHERE person_id {ids}
        UNION ALL SELECT coverage_year, 'ticket', false FROM tickets WHERE person_id {ids}
        UNION ALL SELECT coverage_year, 'survey', false FROM survey_rows
        WHERE county = {county} AND number_digest IN ({numbers})
        UNION ALL SELECT extract(year FROM min(known_at) AT TIME ZONE 'Asia/Shanghai')::integer, 'data', false
        FROM persons WHERE id {ids}
    ) AS years
"""


_NUMBERS = _numbers(_IDS, ":county")
_KEPT = statement(_kept(_IDS, ":county"))
_PAGE = statement(f"""
    SELECT p.id AS person_id, p.county, h.division_code, k.last_year, k.insured, k.last_by
    FROM persons p JOIN households h ON h.id = p.household_id
    CROSS JOIN LATERAL (
        SELECT array_agg(m.id) AS ids, min(m.known_at) AS known_at
        FROM persons m WHERE m.id = p.id OR m.merged_into = p.id) AS records
    CROSS JOIN LATERAL ({_kept("= ANY(records.ids)", "p.county")}) AS k
    WHERE p.id > :after AND p.merged_into IS NULL AND p.erased_at IS NULL
      AND h.division_code BETWEEN :first AND :last
      AND (CAST(:county AS text) IS NULL OR p.county = :county)
      AND (NOT :due OR (records.known_at < :known_before
           AND k.last_year + CASE WHEN k.insured THEN {INSURED_YEARS} ELSE {OTHERS_YEARS} END < :this_year))
    ORDER BY p.id LIMIT :limit
""")
_ERASED = statement("""
    SELECT id FROM persons WHERE erased_at IS NOT NULL AND merged_into IS NULL ORDER BY id
""")
_OF_NUMBER = f"county = :county AND number_digest IN ({_NUMBERS})"
_OF_PERSON = f"person_id {_IDS}"
_OF_BOTH = f"{_OF_PERSON} OR {_OF_NUMBER}"
#: Nobody knows the random number that went into it: it leads to nobody; what belonged together still does.
_OTHER_DIGEST = "sha256(CAST(:random AS bytea) || {})"
_OTHER_NUMBER = {"number_digest": _OTHER_DIGEST.format("number_digest")}
_NO_FACTS = {"sex": "NULL", "facts": "'{}'", "born": "date_trunc('year', born)"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom to list: of which county and villages; with `due` those alone whose time is over."""

    county: str | None
    first: str
    last: str
    due: bool


@dataclass(frozen=True)
class _Change:
    """A statement that forgets, and what it writes where nothing may not be null."""

    sql: Statement
    nothing: Mapping[str, object]


def _forget(table: Table, where: str, *cleared: str, **changed: str) -> _Change:
    """Clear sealed columns, and change others."""
    emptied = [name for name in cleared if not table.c[name].nullable]
    values = dict.fromkeys(cleared, "NULL") | changed
    values |= {name: value_of(table.c[name], f"no_{name}") for name in emptied}
    sets = ", ".join(f"{name} = {value}" for name, value in values.items())
    nothing = {f"no_{name}": {} if _is_json(table, name) else "" for name in emptied}
    return _Change(statement(f"UPDATE {table.name} SET {sets} WHERE {where}"), nothing)


def _is_json(table: Table, name: str) -> bool:
    return isinstance(kind := table.c[name].type, Sealed) and kind.kind == "json"


def _delete(table: Table, where: str) -> _Change:
    return _Change(statement(f"DELETE FROM {table.name} WHERE {where}"), {})


#: What numbers lead to goes before them.
_CHANGES = (
    _forget(
        tables.survey_rows, _OF_NUMBER, "name", "number", "address", "phone", "proof", "said_by", sex="NULL",
        content_digest=_OTHER_DIGEST.format("content_digest"), said_digest="NULL", **_OTHER_NUMBER,
    ),
    _forget(tables.survey_answers, _OF_NUMBER, "proof", "said_by", **_OTHER_NUMBER),
    _forget(tables.chases, _OF_NUMBER, "next_step", **_OTHER_NUMBER),
    _forget(tables.chase_steps, _OF_NUMBER, "next_step", "note", **_OTHER_NUMBER),
    _forget(
        tables.tickets, _OF_BOTH, "name", "number", "wrong", "correction", "proofs", "answer",
        number_digest="NULL",
    ),
    _forget(tables.contacts, _OF_PERSON, "phone"),
    _forget(
        tables.reminders, f"id IN (SELECT reminder_id FROM reminder_people WHERE {_OF_PERSON})", "phone"
    ),
    _delete(tables.import_changes, _OF_PERSON),
    _delete(tables.status_statements, _OF_BOTH),
    _delete(
        tables.history_statements,
        f"""number_digest IN ({_NUMBERS}) AND NOT EXISTS (
            SELECT FROM documents o
            WHERE o.number_digest = history_statements.number_digest AND NOT o.person_id {_IDS})""",
    ),
    _delete(
        tables.former_numbers, f"{_OF_NUMBER} OR (county = :county AND current_digest IN ({_NUMBERS}))"
    ),
    _delete(tables.documents, _OF_PERSON),
    _forget(tables.person_versions, _OF_PERSON, "name", **_NO_FACTS),
    _forget(tables.life_events, _OF_PERSON, "facts_before"),
    _forget(tables.enrollments, _OF_PERSON, "cancel_note"),
    _forget(tables.persons, f"id {_IDS}", "name", erased_at=":at", **_NO_FACTS),
    _forget(
        tables.households,
        f"""id IN (SELECT household_id FROM persons WHERE id {_IDS}) AND NOT EXISTS (
            SELECT FROM persons p WHERE p.household_id = households.id AND p.erased_at IS NULL)""",
        "address",
    ),
)  # fmt: skip


async def kept(conn: AsyncConnection, county: str, people: Sequence[int]) -> Kept:
    """For how long the data of a person, by all of its records, has to be kept."""
    found = await fetch_one_as(conn, Kept, _KEPT, county=county, people=list(people))
    assert found is not None, "a person is known since some year"
    return found


async def page(conn: AsyncConnection, wanted: Wanted, today: date, after: int, limit: int) -> list[Standing]:
    """People by id with what says how long they are kept; those already erased are not among them."""
    return await fetch_as(
        conn,
        Standing,
        _PAGE,
        county=wanted.county,
        first=wanted.first,
        last=wanted.last,
        due=wanted.due,
        this_year=today.year,
        known_before=instant_of(first_second(date(today.year - OTHERS_YEARS, 1, 1))),
        after=after,
        limit=limit,
    )


async def erased(conn: AsyncConnection) -> list[int]:
    """Who was erased, by id; records that were merged go with who went on."""
    return await fetch_values(conn, int, _ERASED)


async def erase(
    conn: AsyncConnection, county: str, people: Sequence[int], random: bytes, at: datetime
) -> None:
    """Forget who these people of a county were; digests of their numbers become digests of `random`."""
    given = {"county": county, "people": list(people), "random": random, "at": at}
    for change in _CHANGES:
        await execute(conn, change.sql, **change.nothing, **given)
