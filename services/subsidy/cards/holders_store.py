"""SQL of cards whose holder is not the person."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.kinds import CaseState
from libs.common.db.rows import any_of, execute, fetch, fetch_as, statement
from libs.common.transitions import listed
from services.subsidy.cases.rules import HOLDER_DIFFERS
from services.subsidy.payouts.cards_store import HOLDER_FITS
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
      AND NOT {HOLDER_FITS}
    ORDER BY c.card_id
""")
_ASKED = statement(f"""
    SELECT subject, state = '{CaseState.OPEN}' AS open FROM cases
    WHERE kind = '{HOLDER_DIFFERS.code}' AND state IN {listed((CaseState.OPEN, CaseState.DECIDED))}
      AND person_id {any_of(cases.c.person_id, "ids")}
""")
_ACCEPT = statement("UPDATE cards SET accepted_at = :at WHERE card_id = :card_id")


async def misfits(conn: AsyncConnection, person_ids: Collection[int]) -> list[Misfit]:
    """The cards of these people and of their wards whose holder is somebody else."""
    return await fetch_as(conn, Misfit, _MISFITS, ids=sorted(person_ids))


async def asked(conn: AsyncConnection, person_ids: Collection[int]) -> dict[str, bool]:
    """What was asked about holders of these people, and whether it is open; else it was decided."""
    rows = await fetch(conn, _ASKED, ids=sorted(person_ids))
    return {row["subject"]: row["open"] for row in rows}


async def accept(conn: AsyncConnection, card_id: int, at: datetime) -> None:
    """Let money go to a card whatever its holder is called."""
    await execute(conn, _ACCEPT, card_id=card_id, at=at)
