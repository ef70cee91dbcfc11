"""SQL of erasures: of which years anything is, and everything that says who somebody was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Statement, any_of, execute, fetch_one_as, statement, value_of
from libs.common.db.sealed import Sealed
from services.registration import tables
from services.registration.erasures.rules import Kept

_IDS = any_of(tables.persons.c.id, "people")

#: The numbers that lead to these people, right and wrong ones.
_NUMBERS = f"""
    SELECT number_digest FROM documents WHERE county = :county AND person_id {_IDS}
    UNION SELECT f.number_digest FROM former_numbers f
    JOIN documents d ON d.county = f.county AND d.number_digest = f.current_digest
    WHERE d.county = :county AND d.person_id {_IDS}
"""

# A status that was listed, a list of a village, money and a consent are as much a year as an enrollment is.
_KEPT = statement(f"""
    SELECT max(coverage_year) AS last_year, bool_or(insured) AS insured FROM (
        SELECT coverage_year, completed_at IS NOT NULL OR was_complete_at IS NOT NULL
               OR EXISTS (SELECT FROM completions c WHERE c.enrollment_id = e.id) AS insured
        FROM enrollments e WHERE person_id {_IDS}
        UNION ALL SELECT coverage_year, true FROM waiting_money WHERE person_id {_IDS}
        UNION ALL SELECT coverage_year, false FROM status_statements WHERE person_id {_IDS}
        UNION ALL SELECT coverage_year, false FROM history_statements WHERE number_digest IN ({_NUMBERS})
        UNION ALL SELECT coverage_year, false FROM contacts WHERE person_id {_IDS}
        UNION ALL SELECT coverage_year, false FROM tickets WHERE person_id {_IDS}
        UNION ALL SELECT coverage_year, false FROM survey_rows
        WHERE county = :county AND number_digest IN ({_NUMBERS})
        UNION ALL SELECT extract(year FROM min(known_at) AT TIME ZONE 'Asia/Shanghai')::integer, false
        FROM persons WHERE id {_IDS}
    ) AS years
""")
_OF_NUMBER = f"county = :county AND number_digest IN ({_NUMBERS})"
_OF_PERSON = f"person_id {_IDS}"
_OF_BOTH = f"{_OF_PERSON} OR {_OF_NUMBER}"
#: Nobody knows the random number that went into it: it leads to nobody; what belonged together still does.
_OTHER_DIGEST = "sha256(CAST(:random AS bytea) || {})"
_OTHER_NUMBER = {"number_digest": _OTHER_DIGEST.format("number_digest")}
_NO_FACTS = {"sex": "NULL", "facts": "'{}'", "born": "date_trunc('year', born)"}


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


async def erase(
    conn: AsyncConnection, county: str, people: Sequence[int], random: bytes, at: datetime
) -> None:
    """Forget who these people of a county were; digests of their numbers become digests of `random`."""
    given = {"county": county, "people": list(people), "random": random, "at": at}
    for change in _CHANGES:
        await execute(conn, change.sql, **change.nothing, **given)
