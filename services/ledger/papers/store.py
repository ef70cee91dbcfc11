"""SQL of papers: those that are signed, and the figures that parties have of their own."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import (
    Records,
    all_but,
    execute,
    fetch_as,
    fetch_one_as,
    fetch_value,
    fetch_values,
    statement,
)
from services.ledger.movements.rules import STEP_NAMES
from services.ledger.papers.rules import Moved
from services.ledger.postings.kinds import Kind
from services.ledger.postings.rules import Season
from services.ledger.tables import handover_papers, party_figures
from services.ledger.totals.rules import Document

_BOOKS = "county = :county AND coverage_year = :coverage_year"
_ALL = Records(handover_papers)
_NEW = Records(handover_papers, *all_but(handover_papers, "id"))
_SIGN = statement(f"INSERT INTO handover_papers ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW}")
_SIGNED = statement(f"""
    SELECT {_ALL.names} FROM handover_papers WHERE {_BOOKS} AND ordinal = :ordinal AND party = :party
""")
_WHO_SIGNED = statement(f"SELECT deadline_id, party FROM handover_papers WHERE {_BOOKS} ORDER BY 1, 2")
_CHAINED = statement(f"""
    SELECT {_ALL.names} FROM handover_papers WHERE {_BOOKS} AND chained_in = :ordinal ORDER BY id
""")
_OWN = Records(party_figures)
_NEW_OWN = Records(party_figures, *all_but(party_figures, "id"))
_ENTER = statement(f"INSERT INTO party_figures ({_NEW_OWN.names}) SELECT {_NEW_OWN.names} FROM {_NEW_OWN}")
_LATEST = statement(f"""
    SELECT {_OWN.names} FROM party_figures
    WHERE {_BOOKS} AND deadline_id = :deadline_id AND party = :party ORDER BY id DESC LIMIT 1
""")
#: They stand in the statement itself: an index holds them and no others.
_KINDS = ", ".join(f"'{kind}'" for kind in (*STEP_NAMES, Kind.MATCH_ARRIVED))
_MOVED = statement(f"""
    SELECT kind, CASE WHEN kind = '{Kind.MATCH_ARRIVED}' THEN payer ELSE '' END AS whose,
           sum(CASE WHEN reversal THEN -amount_fen ELSE amount_fen END)::bigint AS amount_fen
    FROM postings
    WHERE {_BOOKS} AND business_at >= :after AND business_at < :until AND kind IN ({_KINDS})
    GROUP BY 1, 2 ORDER BY 1, 2
""")
_WHO_GAVE = statement(f"""
    SELECT DISTINCT party FROM party_figures WHERE {_BOOKS} AND deadline_id = :deadline_id ORDER BY party
""")
_EXPLAINED = statement("""
    SELECT (evidence -> 'lines')::text FROM cases
    WHERE subject = ANY(CAST(:subjects AS text[])) AND kind = :case_kind AND state = 'decided'
    ORDER BY case_id DESC LIMIT 1
""")
_OPEN_CASE = statement("""
    SELECT case_id FROM cases WHERE subject = :subject AND kind = :case_kind AND state = 'open'
""")
_WAITING = statement("""
    SELECT approval_id FROM approvals
    WHERE subject = :subject AND operation = :operation AND state = 'waiting'
""")


@dataclass(frozen=True, slots=True)
class NewPaper:
    """A paper that was signed. `chained_in` is the handover whose document will have its hash."""

    county: str
    coverage_year: int
    ordinal: int
    deadline_id: str
    party: str
    document: str
    sha256: str
    chained_in: int
    made_by: str
    made_at: datetime
    signed_by: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class PaperRow(NewPaper):
    """A signed paper on record."""

    id: int


@dataclass(frozen=True, slots=True)
class PartySigned:
    """A party that has signed its paper of a handover."""

    deadline_id: str
    party: str


@dataclass(frozen=True, slots=True)
class NewFigures:
    """A party's own figures as it gave them."""

    county: str
    coverage_year: int
    deadline_id: str
    party: str
    figures: str
    entered_by: str
    entered_at: datetime


@dataclass(frozen=True, slots=True)
class FiguresRow(NewFigures):
    """A party's own figures on record; the newest count."""

    id: int


async def moved(conn: AsyncConnection, season: Season, after: datetime, until: datetime) -> list[Moved]:
    """What moved on between two instants, and came of the match."""
    return await fetch_as(conn, Moved, _MOVED, **season._asdict(), after=after, until=until)


async def sign(conn: AsyncConnection, new: NewPaper) -> None:
    """Keep a signed paper: nothing changes it any more."""
    await execute(conn, _SIGN, rows=[new])


async def signed(conn: AsyncConnection, season: Season, ordinal: int, party: str) -> PaperRow | None:
    """The paper of a party to a handover, if it is signed."""
    return await fetch_one_as(conn, PaperRow, _SIGNED, **season._asdict(), ordinal=ordinal, party=party)


async def who_signed(conn: AsyncConnection, season: Season) -> list[PartySigned]:
    """Which parties have signed their papers, of all handovers of a season."""
    return await fetch_as(conn, PartySigned, _WHO_SIGNED, **season._asdict())


async def chained(conn: AsyncConnection, season: Season, ordinal: int) -> list[PaperRow]:
    """The papers whose hashes stand in the document of a handover."""
    return await fetch_as(conn, PaperRow, _CHAINED, **season._asdict(), ordinal=ordinal)


async def enter(conn: AsyncConnection, new: NewFigures) -> None:
    """Keep the figures of a party; they count instead of those before."""
    await execute(conn, _ENTER, rows=[new])


async def latest(conn: AsyncConnection, season: Season, deadline_id: str, party: str) -> FiguresRow | None:
    """The figures of a party that count."""
    return await fetch_one_as(
        conn, FiguresRow, _LATEST, **season._asdict(), deadline_id=deadline_id, party=party
    )


async def who_gave(conn: AsyncConnection, season: Season, deadline_id: str) -> list[str]:
    """The parties that gave figures of their own."""
    return await fetch_values(conn, str, _WHO_GAVE, **season._asdict(), deadline_id=deadline_id)


async def explained(conn: AsyncConnection, subjects: Sequence[str], kind: str) -> list[Document] | None:
    """The differences that two persons explained last, of one of these papers."""
    lines = await fetch_value(conn, str, _EXPLAINED, subjects=list(subjects), case_kind=kind)
    return None if lines is None else json.loads(lines)


async def open_case(conn: AsyncConnection, subject: str, kind: str) -> int | None:
    """The open case about a paper, if there is one."""
    return await fetch_value(conn, int, _OPEN_CASE, subject=subject, case_kind=kind)


async def waiting(conn: AsyncConnection, subject: str, operation: str) -> int | None:
    """The approval that a paper waits for, if it does."""
    return await fetch_value(conn, int, _WAITING, subject=subject, operation=operation)
