"""SQL of cards whose holder is not the person."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.kinds import CaseState
from libs.common.db.rows import any_of, execute, fetch_as, fetch_values, statement
from services.subsidy.cases.rules import HOLDER_DIFFERS
from services.subsidy.tables import cases, persons


@dataclass(frozen=True, slots=True)
class Misfit:
    """A card in force whose holder is neither its owner nor, of a minor's, the guardian."""

    card_id: int
    digest: str
    person_id: int
    county: str | None
    division_code: str | None
    account_masked: str
    bank: str


_MISFITS = statement(f"""
    SELECT c.card_id, c.digest, i.person_id, living.county, living.division_code, c.account_masked, c.bank
    FROM persons living
    JOIN identities i ON i.person_id = living.person_id
    JOIN cards c ON c.digest = i.digest AND c.replaced_at IS NULL
    LEFT JOIN persons carer ON living.minor AND carer.person_id = living.guardian_id
    WHERE (living.person_id {any_of(persons.c.person_id, "ids")}
           OR living.guardian_id {any_of(persons.c.guardian_id, "ids")})
      AND c.accepted_at IS NULL
      AND NOT coalesce(c.holder_digest IN (living.name_digest, carer.name_digest),
                       c.holder_digest IS NULL OR living.name_digest IS NULL)
    ORDER BY c.card_id
""")
_OPEN = statement(f"""
    SELECT subject FROM cases
    WHERE kind = '{HOLDER_DIFFERS.code}' AND state = '{CaseState.OPEN}'
      AND person_id {any_of(cases.c.person_id, "ids")}
""")
_DECIDED = statement(f"""
    SELECT subject FROM cases
    WHERE kind = '{HOLDER_DIFFERS.code}' AND state = '{CaseState.DECIDED}'
      AND person_id {any_of(cases.c.person_id, "ids")}
""")
_ACCEPT = statement("UPDATE cards SET accepted_at = :at WHERE card_id = :card_id")


async def misfits(conn: AsyncConnection, person_ids: Collection[int]) -> list[Misfit]:
    """The cards of these people and of their wards whose holder is somebody else."""
    return await fetch_as(conn, Misfit, _MISFITS, ids=sorted(person_ids))


async def open_subjects(conn: AsyncConnection, person_ids: Collection[int]) -> set[str]:
    """What the open cases about holders of these people are about."""
    return set(await fetch_values(conn, str, _OPEN, ids=sorted(person_ids)))


async def decided_subjects(conn: AsyncConnection, person_ids: Collection[int]) -> set[str]:
    """What was decided already about holders of these people."""
    return set(await fetch_values(conn, str, _DECIDED, ids=sorted(person_ids)))


async def accept(conn: AsyncConnection, card_id: int, at: datetime) -> None:
    """Let money go to a card whatever its holder is called."""
    await execute(conn, _ACCEPT, card_id=card_id, at=at)
