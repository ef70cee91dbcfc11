"""SQL of handovers: what belongs to a deadline, and the sealed rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import SHANGHAI
from services.ledger.handovers.rules import Deadline, Late
from services.ledger.postings.rules import Place
from services.ledger.totals.rules import COUNTED_KINDS, PARTS, Section

_BOOKS = "county = :county AND coverage_year = :year"

# A fact whose postings are not visible yet simply is not counted: it stays for the next deadline.
_CLAIM = text(f"""
    INSERT INTO handover_members (county, coverage_year, ordinal, fact_id)
    SELECT :county, :year, :ordinal, fact_id
    FROM (SELECT fact_id FROM postings
          WHERE {_BOOKS} AND business_at < :cutoff AND kind = ANY(CAST(:kinds AS text[]))
          UNION
          SELECT fact_id FROM memos WHERE {_BOOKS} AND business_at < :cutoff) AS due
    WHERE NOT EXISTS (SELECT FROM handover_members m
                      WHERE m.county = :county AND m.coverage_year = :year
                        AND m.ordinal = ANY(CAST(:follows AS integer[])) AND m.fact_id = due.fact_id)
    ORDER BY fact_id
""")
_LATE = text("""
    SELECT count(DISTINCT p.fact_id),
           coalesce(sum(CASE WHEN p.reversal THEN -part.sign ELSE part.sign END * p.amount_fen), 0)::bigint
    FROM handover_members m
    JOIN postings p ON p.county = m.county AND p.coverage_year = m.coverage_year AND p.fact_id = m.fact_id
    JOIN unnest(CAST(:kinds AS text[]), CAST(:signs AS integer[])) AS part(kind, sign) ON part.kind = p.kind
    WHERE m.county = :county AND m.coverage_year = :year AND m.ordinal = :ordinal AND p.business_at < :from_at
""")
_SEAL = text("""
    INSERT INTO handovers
        (county, coverage_year, ordinal, deadline_id, due_on, accounting_from, accounting_to, cutoff_at,
         head_count, amount_fen, document, sha256, previous_sha256, forced_reason, sealed_by, sealed_at)
    VALUES
        (:county, :year, :ordinal, :deadline_id, :due_on, :accounting_from, :accounting_to, :cutoff_at,
         :head_count, :amount_fen, :document, :sha256, :previous_sha256, :forced_reason, :sealed_by,
         :sealed_at)
    RETURNING *
""")
_SEALED = text(f"SELECT * FROM handovers WHERE {_BOOKS} ORDER BY ordinal")


async def claim(
    conn: AsyncConnection, place: Place, ordinal: int, deadline: Deadline, follows: Sequence[int]
) -> None:
    """Have the handover count what happened before its cutoff, and none that it follows counts."""
    await conn.execute(
        _CLAIM,
        {
            **_books(place),
            "ordinal": ordinal,
            "cutoff": deadline.cutoff_at,
            "kinds": [str(kind) for kind in COUNTED_KINDS],
            "follows": list(follows),
        },
    )


async def late(conn: AsyncConnection, place: Place, ordinal: int, deadline: Deadline) -> Late:
    """Count what happened before the days of the handover began, in facts and money of the fund."""
    fund = [(str(kind), sign) for kind, section, sign in PARTS if section == Section.FUND]
    row = await conn.execute(
        _LATE,
        {
            **_books(place),
            "ordinal": ordinal,
            "from_at": datetime.combine(deadline.accounting_from, time(), SHANGHAI),
            "kinds": [kind for kind, _ in fund],
            "signs": [sign for _, sign in fund],
        },
    )
    return Late(*row.one())


async def seal(conn: AsyncConnection, place: Place, values: Mapping[str, Any]) -> RowMapping:
    """Write the sealed row and give it back."""
    return (await conn.execute(_SEAL, {**_books(place), **values})).mappings().one()


async def sealed(conn: AsyncConnection, place: Place) -> Sequence[RowMapping]:
    """Give the sealed handovers of a county and year, in their order."""
    return (await conn.execute(_SEALED, _books(place))).mappings().all()


def _books(place: Place) -> dict[str, Any]:
    return {"county": place.county, "year": place.coverage_year}
