"""SQL of help that payers granted: who bears how much of the contributions, as subsidy tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.consumer import Received
from libs.common.db.rows import Records, execute, statement
from libs.common.events.subsidy import SubsidyGranted, SubsidyRevoked
from services.registration.tables import grants

# Its revocation may be told first.
_GIVEN = Records(
    grants, "grant_id", "county", "coverage_year", "enrollment_id", "payer", "amount_fen", "told_at"
)
_KEEP = statement(f"""
    INSERT INTO grants ({_GIVEN.names}) SELECT {_GIVEN.names} FROM {_GIVEN} ORDER BY grant_id
    ON CONFLICT (grant_id) DO UPDATE SET {_GIVEN.taken_over("amount_fen", "told_at")}
""")
_GONE = Records(grants, "grant_id", "county", "coverage_year", "enrollment_id", "payer", "revoked_told_at")
_END = statement(f"""
    INSERT INTO grants ({_GONE.names}) SELECT {_GONE.names} FROM {_GONE} ORDER BY grant_id
    ON CONFLICT (grant_id) DO UPDATE SET {_GONE.taken_over("revoked_told_at")}
""")


@dataclass(frozen=True, slots=True)
class Given:
    """What a payer granted, and since when that is known."""

    grant_id: int
    county: str
    coverage_year: int
    enrollment_id: int
    payer: str
    amount_fen: int
    told_at: datetime


@dataclass(frozen=True, slots=True)
class Gone:
    """What of it was taken back."""

    grant_id: int
    county: str
    coverage_year: int
    enrollment_id: int
    payer: str
    revoked_told_at: datetime


def granted_in(batch: Sequence[Received]) -> list[Given]:
    """The help that a batch of events grants."""
    found = {
        fact.grant_id: Given(
            fact.grant_id, fact.county, fact.coverage_year, fact.enrollment_id, fact.payer,
            fact.amount_fen, one.message.time,
        )
        for one in batch
        if isinstance(fact := one.fact, SubsidyGranted) and not fact.elsewhere
    }  # fmt: skip
    return list(found.values())


def revoked_in(batch: Sequence[Received]) -> list[Gone]:
    """The help that a batch of events takes back."""
    found = {
        fact.grant_id: Gone(
            fact.grant_id, fact.county, fact.coverage_year, fact.enrollment_id, fact.payer, one.message.time
        )
        for one in batch
        if isinstance(fact := one.fact, SubsidyRevoked) and not fact.elsewhere
    }
    return list(found.values())


async def keep(conn: AsyncConnection, given: Sequence[Given], gone: Sequence[Gone]) -> None:
    """Keep what was granted, and what was taken back; in whatever order it is told."""
    await execute(conn, _KEEP, rows=given)
    await execute(conn, _END, rows=gone)
