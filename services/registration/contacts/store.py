"""SQL of phones for reminders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, execute, fetch_as, fetch_one_as, fetch_value, statement
from services.registration import tables


@dataclass(frozen=True, slots=True)
class NewContact:
    """A consent to keep."""

    person_id: int
    coverage_year: int
    phone: str
    given_by: str
    given_at: datetime


@dataclass(frozen=True, slots=True)
class Contact:
    """A consent as it is kept; of one that was withdrawn the phone is gone."""

    contact_id: int
    person_id: int
    coverage_year: int
    phone: str | None
    given_by: str
    given_at: datetime
    withdrawn_by: str | None
    withdrawn_at: datetime | None


_PHONE = tables.contacts.c.phone
_COLUMNS = """id AS contact_id, person_id, coverage_year, phone, given_by, given_at, withdrawn_by,
    withdrawn_at"""
_ROW = Records(tables.contacts, *NewContact.__dataclass_fields__)
# A second consent takes the place of the first: one phone stands for a person and year.
_END = """
    UPDATE contacts SET withdrawn_at = :at, withdrawn_by = :by, phone = NULL
    WHERE person_id = :person_id AND coverage_year = :coverage_year AND withdrawn_at IS NULL
"""
_WITHDRAW = statement(f"{_END} RETURNING {_COLUMNS}", _PHONE)
_GIVE = statement(
    f"INSERT INTO contacts ({_ROW.names}) SELECT {_ROW.names} FROM {_ROW} RETURNING {_COLUMNS}", _PHONE
)
# A message that was planned goes to nobody who agrees no more, nor does the phone stay with those that went.
_FORGET = statement("""
    UPDATE reminders SET phone = NULL, state = CASE state WHEN 'queued' THEN 'withdrawn' ELSE state END
    WHERE coverage_year = :coverage_year AND phone IS NOT NULL
      AND id IN (SELECT reminder_id FROM reminder_people WHERE person_id = :person_id)
""")
_TURN = statement("SELECT id FROM persons WHERE id = :person_id FOR UPDATE")
_OF_PERSON = statement(
    f"SELECT {_COLUMNS} FROM contacts WHERE person_id = :person_id ORDER BY id DESC", _PHONE
)
_STANDING = statement(
    f"""
    SELECT {_COLUMNS} FROM contacts
    WHERE person_id {any_of(tables.contacts.c.person_id, "people")} AND coverage_year = :coverage_year
      AND withdrawn_at IS NULL AND phone IS NOT NULL
    ORDER BY person_id
""",
    _PHONE,
)


async def give(conn: AsyncConnection, new: NewContact) -> Contact:
    """Keep a consent in place of the one that stood."""
    await fetch_value(conn, int, _TURN, person_id=new.person_id)
    await withdraw(conn, new.person_id, new.coverage_year, new.given_by, new.given_at)
    (kept,) = await fetch_as(conn, Contact, _GIVE, rows=[new])
    return kept


async def withdraw(
    conn: AsyncConnection, person_id: int, coverage_year: int, by: str, at: datetime
) -> Contact | None:
    """End the consent that stands, and forget its phone; None where none stands."""
    where = {"person_id": person_id, "coverage_year": coverage_year}
    await execute(conn, _FORGET, **where)
    return await fetch_one_as(conn, Contact, _WITHDRAW, **where, by=by, at=at)


async def of_person(conn: AsyncConnection, person_id: int) -> list[Contact]:
    """The consents of one person, the newest first."""
    return await fetch_as(conn, Contact, _OF_PERSON, person_id=person_id)


async def standing(conn: AsyncConnection, people: Sequence[int], coverage_year: int) -> list[Contact]:
    """Who of these persons may be reminded for a year, and under which phone."""
    return await fetch_as(conn, Contact, _STANDING, people=list(people), coverage_year=coverage_year)
