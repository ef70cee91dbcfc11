"""SQL of handovers: what belongs to a deadline, and the sealed rows."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, all_but, execute, fetch_as, fetch_one_as, fetch_value, statement
from services.ledger.handovers.rules import Deadline, Late
from services.ledger.postings.rules import Season
from services.ledger.tables import handovers
from services.ledger.totals.rules import COUNTED_KINDS, PARTS, Section

_BOOKS = "county = :county AND coverage_year = :coverage_year"
_ALL = Records(handovers, *all_but(handovers, "forced_reason"))
_NEW = Records(handovers, *all_but(handovers, "id"))

# A fact whose postings are not visible yet simply is not counted: it stays for the next deadline.
_CLAIM = statement(f"""
    INSERT INTO handover_members (county, coverage_year, ordinal, fact_id)
    SELECT :county, :coverage_year, :ordinal, fact_id
    FROM (SELECT fact_id FROM postings
          WHERE {_BOOKS} AND business_at < :cutoff AND kind = ANY(CAST(:kinds AS text[]))
          UNION
          SELECT fact_id FROM memos WHERE {_BOOKS} AND business_at < :cutoff
          UNION
          SELECT fact_id FROM withdrawals WHERE {_BOOKS} AND business_at < :cutoff
          UNION
          SELECT fact_id FROM merges WHERE county = :county AND business_at < :cutoff) AS due
    WHERE NOT EXISTS (SELECT FROM handover_members m
                      WHERE m.county = :county AND m.coverage_year = :coverage_year
                        AND m.ordinal = ANY(CAST(:follows AS integer[])) AND m.fact_id = due.fact_id)
    ORDER BY fact_id
""")
_COUNT = statement("""
    INSERT INTO handover_members (county, coverage_year, ordinal, fact_id)
    VALUES (:county, :coverage_year, :ordinal, :fact_id)
""")
# The months (by their first day, in Shanghai) of what no handover of a chain counts.
_MOVING = statement(f"""
    SELECT DISTINCT date_trunc('month', business_at AT TIME ZONE 'UTC' + interval '8 hours')::date AS month
    FROM (SELECT fact_id, business_at FROM postings
          WHERE {_BOOKS} AND business_at < :until AND kind = ANY(CAST(:kinds AS text[]))
          UNION
          SELECT fact_id, business_at FROM memos WHERE {_BOOKS} AND business_at < :until
          UNION
          SELECT fact_id, business_at FROM withdrawals WHERE {_BOOKS} AND business_at < :until) AS moved
    WHERE business_at >= CAST(:since AS timestamptz)
      AND NOT EXISTS (SELECT FROM handover_members m
                      WHERE m.county = :county AND m.coverage_year = :coverage_year
                        AND m.ordinal = ANY(CAST(:follows AS integer[])) AND m.fact_id = moved.fact_id)
    ORDER BY month
""")
_LATE = statement("""
    SELECT count(DISTINCT p.fact_id) AS facts,
           coalesce(sum(CASE WHEN p.reversal THEN -part.sign ELSE part.sign END * p.amount_fen), 0)::bigint
             AS amount_fen
    FROM handover_members m
    JOIN postings p ON p.county = m.county AND p.coverage_year = m.coverage_year AND p.fact_id = m.fact_id
    JOIN json_to_recordset(CAST(:parts AS json)) AS part(kind text, sign integer) ON part.kind = p.kind
    WHERE m.county = :county AND m.coverage_year = :coverage_year AND m.ordinal = :ordinal
      AND p.business_at < :from_at
""")
_SEAL = statement(f"""
    INSERT INTO handovers ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW} RETURNING {_ALL.names}
""")
_SEALED = statement(f"SELECT {_ALL.names} FROM handovers WHERE {_BOOKS} ORDER BY ordinal")
_FORCED = statement("SELECT forced_reason FROM handovers WHERE id = :id", handovers.c.forced_reason)

_FUND = [{"kind": str(kind), "sign": sign} for kind, section, sign in PARTS if section == Section.FUND]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Handover:
    county: str
    coverage_year: int
    ordinal: int
    deadline_id: str
    due_on: date
    accounting_from: date
    accounting_to: date
    cutoff_at: datetime
    head_count: int
    amount_fen: int
    document: str
    sha256: str
    previous_sha256: str | None
    sealed_by: str
    sealed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHandover(_Handover):
    """The totals of a deadline as they are sealed; `sha256` is over `document`."""

    forced_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedHandover(_Handover):
    """A sealed handover."""

    id: int

    @property
    def season(self) -> Season:
        """Whose books it belongs to."""
        return Season(self.county, self.coverage_year)

    @property
    def deadline(self) -> Deadline:
        """The deadline as it was when it was sealed, whatever the notice says now."""
        return Deadline(
            id=self.deadline_id,
            due_on=self.due_on,
            accounting_from=self.accounting_from,
            accounting_to=self.accounting_to,
            cutoff_at=self.cutoff_at,
        )

    @property
    def follows(self) -> tuple[str, ...]:
        """Which deadlines it went on from, by its document; none if that cannot be read."""
        try:
            return tuple(json.loads(self.document)["deadline"]["follows"])
        except (ValueError, KeyError, TypeError):
            return ()


async def claim(
    conn: AsyncConnection, season: Season, ordinal: int, deadline: Deadline, follows: Sequence[int]
) -> None:
    """Have the handover count what happened before its cutoff, and none that it follows counts."""
    kinds = [str(kind) for kind in COUNTED_KINDS]
    await execute(
        conn, _CLAIM, **season._asdict(), ordinal=ordinal, cutoff=deadline.cutoff_at, kinds=kinds,
        follows=list(follows),
    )  # fmt: skip


async def count(conn: AsyncConnection, season: Season, ordinal: int, fact_id: int) -> None:
    """Have the handover count one more fact."""
    await execute(conn, _COUNT, **season._asdict(), ordinal=ordinal, fact_id=fact_id)


@dataclass(frozen=True, slots=True)
class _Moving:
    month: date


async def moving(
    conn: AsyncConnection, season: Season, follows: Sequence[int], since: datetime, until: datetime
) -> list[date]:
    """Give the months of what happened between two instants and no handover of `follows` counts."""
    kinds = [str(kind) for kind in COUNTED_KINDS]
    rows = await fetch_as(
        conn, _Moving, _MOVING, **season._asdict(), follows=list(follows), since=since, until=until,
        kinds=kinds,
    )  # fmt: skip
    return [row.month for row in rows]


async def late(conn: AsyncConnection, season: Season, ordinal: int, deadline: Deadline) -> Late:
    """Count what happened before the days of the handover began, in facts and money of the fund."""
    found = await fetch_one_as(
        conn, Late, _LATE, **season._asdict(), ordinal=ordinal, from_at=deadline.begins_at, parts=_FUND
    )
    return found or Late()


async def seal(conn: AsyncConnection, handover: NewHandover) -> SealedHandover:
    """Write the sealed row and give it back."""
    sealed = await fetch_one_as(conn, SealedHandover, _SEAL, rows=[handover])
    assert sealed is not None, "what is inserted is returned"
    return sealed


async def sealed(conn: AsyncConnection, season: Season) -> list[SealedHandover]:
    """Give the sealed handovers of a county and year, in their order."""
    return await fetch_as(conn, SealedHandover, _SEALED, **season._asdict())


async def forced_reason(conn: AsyncConnection, handover_id: int) -> str | None:
    """Give why a handover was closed before its cutoff; None for one that was not."""
    return await fetch_value(conn, str, _FORCED, id=handover_id)
