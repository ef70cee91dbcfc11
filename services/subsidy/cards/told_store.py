"""SQL of who is known elsewhere to have a card."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import any_of, fetch_as, statement
from services.subsidy.tables import persons


@dataclass(frozen=True, slots=True)
class Owner:
    """Who has a card, and in which county."""

    person_id: int
    county: str


_TELL = statement(f"""
    UPDATE persons SET card_told_at = :at
    WHERE person_id {any_of(persons.c.person_id, "ids")} AND card_told_at IS NULL AND county IS NOT NULL
      AND EXISTS (SELECT FROM identities i JOIN cards c USING (digest)
                  WHERE i.person_id = persons.person_id AND c.replaced_at IS NULL AND starts_with(
                      coalesce(persons.division_code, c.division, ''), coalesce(c.division, '')))
    RETURNING person_id, county
""")


async def tell(conn: AsyncConnection, person_ids: Collection[int], at: datetime) -> list[Owner]:
    """Note, of these people who have a card, that others are told; give those of whom nobody was."""
    return await fetch_as(conn, Owner, _TELL, ids=sorted(person_ids), at=at)
