"""SQL of village batches: where each stands, what was done to it, and whom it waits for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import JsonValue
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
from services.collection.cash.rules import IN_HAND
from services.collection.tables import batch_moves, village_batches


@dataclass(frozen=True, slots=True)
class Standing:
    """At which step a batch is, since when and until when."""

    state: str
    round: int
    step: str
    step_kind: str
    department: str
    since_at: datetime
    due_on: date | None
    due_year_unknown: int | None
    stated_people: int | None = None
    stated_fen: int | None = None
    released_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewBatch:
    """Whose receipts are handed in together."""

    collector_id: int
    county: str
    division_code: str
    coverage_year: int
    opened_at: datetime
    opened_by: str


@dataclass(frozen=True, slots=True)
class Batch(NewBatch):
    """One that is on record, with what its lines come to."""

    batch_id: int
    state: str
    round: int
    step: str
    step_kind: str
    department: str
    since_at: datetime
    due_on: date | None
    due_year_unknown: int | None
    stated_people: int | None
    stated_fen: int | None
    released_at: datetime | None
    lines: int
    people: int
    amount_fen: int
    deposited_fen: int

    @property
    def standing(self) -> Standing:
        """At which step it is."""
        return Standing(**{name: getattr(self, name) for name in _STANDING})


@dataclass(frozen=True, slots=True)
class NewMove:
    """What was done to a batch, and what was compared."""

    round: int
    kind: str
    step: str
    department: str
    due_on: date | None
    entered_at: datetime
    entered_by: str
    people: int
    amount_fen: int
    paper_people: int | None = None
    paper_fen: int | None = None
    money_fen: int | None = None
    reference: str | None = None
    reason: str | None = None
    differences: Sequence[dict[str, JsonValue]] | None = None


@dataclass(frozen=True, slots=True)
class Move(NewMove):
    """One that is on record."""

    batch_id: int = 0
    move_no: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which batches to list; None is all."""

    division: str
    county: str | None = None
    coverage_year: int | None = None
    collector_id: int | None = None
    state: str | None = None
    department: str | None = None
    overdue_on: date | None = None


_PLACE, _STANDING = tuple(NewBatch.__dataclass_fields__), tuple(Standing.__dataclass_fields__)
_NEW = Records(village_batches, *_PLACE, *_STANDING)
_OPEN = statement(f"""
    INSERT INTO village_batches ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW} RETURNING batch_id
""")
_BATCH = f"""
    SELECT {", ".join(f"b.{name}" for name in all_but(village_batches))},
           l.lines, l.people, l.amount_fen, l.deposited_fen
    FROM village_batches b, LATERAL (
        SELECT count(*)::integer AS lines, coalesce(sum(people), 0)::integer AS people,
               coalesce(sum(amount_fen), 0)::bigint AS amount_fen,
               coalesce(sum(amount_fen) FILTER (WHERE deposit_id IS NOT NULL), 0)::bigint AS deposited_fen
        FROM cash_receipts WHERE batch_id = b.batch_id
    ) AS l
"""
_ONE = statement(f"{_BATCH} WHERE b.batch_id = :batch_id")
_LOCK = statement("SELECT batch_id FROM village_batches WHERE batch_id = :batch_id FOR UPDATE")
_PAGE = statement(f"""
    {_BATCH}
    WHERE b.batch_id > :after AND b.division_code LIKE CAST(:division AS text) || '%'
      AND (CAST(:county AS text) IS NULL OR b.county = :county)
      AND (CAST(:coverage_year AS integer) IS NULL OR b.coverage_year = :coverage_year)
      AND (CAST(:collector_id AS bigint) IS NULL OR b.collector_id = :collector_id)
      AND (CAST(:state AS text) IS NULL OR b.state = :state)
      AND (CAST(:department AS text) IS NULL OR b.department = :department)
      AND (CAST(:overdue_on AS date) IS NULL OR (b.state <> 'done' AND b.due_on < :overdue_on))
    ORDER BY b.batch_id LIMIT :limit
""")
_MOVED = Records(village_batches, "batch_id", *_STANDING)
_SAVE = statement(f"""
    UPDATE village_batches SET {_MOVED.changes(*_STANDING)} FROM {_MOVED}
    WHERE village_batches.batch_id = rows.batch_id
""")
_MOVE = Records(batch_moves, "batch_id", *NewMove.__dataclass_fields__)
_NOTE = statement(f"""
    INSERT INTO batch_moves (move_no, {_MOVE.names})
    SELECT 1 + (SELECT coalesce(max(move_no), 0) FROM batch_moves m WHERE m.batch_id = rows.batch_id),
           {_MOVE.names}
    FROM {_MOVE}
""")
_MOVES = statement(
    f"SELECT {', '.join(all_but(batch_moves))} FROM batch_moves WHERE batch_id = :batch_id ORDER BY move_no",
    batch_moves.c.reason,
    batch_moves.c.differences,
)
_INVOLVED = statement("""
    SELECT entered_by FROM cash_receipts WHERE batch_id = :batch_id
    UNION SELECT entered_by FROM batch_moves
    WHERE batch_id = :batch_id AND kind IN ('opened', 'submitted', 'corrected')
    UNION SELECT entered_by FROM batch_moves
    WHERE batch_id = :batch_id AND kind = 'passed' AND round = :round AND department <> :department
""")
_IN_HAND = f"""
    EXISTS (SELECT FROM cash_receipts r WHERE r.batch_id = b.batch_id AND r.deposit_id IS NULL
            AND r.instrument IN {IN_HAND} AND r.state <> 'refused' AND r.returned_fen < r.amount_fen)
"""
_TO_THE_BANK = statement(f"""
    SELECT b.batch_id FROM village_batches b
    WHERE b.collector_id = :collector_id AND b.coverage_year = :coverage_year AND b.state = 'open'
      AND b.step_kind = 'deposit' AND NOT {_IN_HAND} AND NOT EXISTS (
          SELECT FROM cash_receipts r JOIN cash_deposits d USING (deposit_id)
          WHERE r.batch_id = b.batch_id AND d.covered_fen - d.amount_fen <> d.made_good_fen)
    ORDER BY b.batch_id FOR UPDATE OF b
""")
_IN_HAND_AGAIN = statement(f"""
    SELECT b.batch_id FROM village_batches b
    WHERE b.collector_id = :collector_id AND b.coverage_year = :coverage_year AND b.released_at IS NOT NULL
      AND (b.state = 'done' OR b.step_kind <> 'deposit') AND {_IN_HAND}
    ORDER BY b.batch_id FOR UPDATE OF b
""")


async def open_batch(conn: AsyncConnection, new: NewBatch, standing: Standing) -> int:
    """Write a batch without lines."""
    row = {name: getattr(new, name) for name in _PLACE}
    row |= {name: getattr(standing, name) for name in _STANDING}
    batch_id = await fetch_value(conn, int, _OPEN, rows=[row])
    assert batch_id is not None, "it was just written"
    return batch_id


async def batch(conn: AsyncConnection, batch_id: int, *, lock: bool = False) -> Batch | None:
    """Look a batch up; with `lock` nobody else moves it meanwhile."""
    if lock:
        await fetch_value(conn, int, _LOCK, batch_id=batch_id)
    return await fetch_one_as(conn, Batch, _ONE, batch_id=batch_id)


async def page(conn: AsyncConnection, wanted: Wanted, after: int, limit: int) -> list[Batch]:
    """Batches in the order in which they were opened."""
    asked = {name: getattr(wanted, name) for name in Wanted.__dataclass_fields__}
    return await fetch_as(conn, Batch, _PAGE, after=after, limit=limit, **asked)


async def save(conn: AsyncConnection, batch_id: int, standing: Standing) -> None:
    """Write at which step a batch is."""
    row = {name: getattr(standing, name) for name in _STANDING}
    await execute(conn, _SAVE, rows=[row | {"batch_id": batch_id}])


async def note(conn: AsyncConnection, batch_id: int, move: NewMove) -> None:
    """Write what was done to a batch that is held."""
    row = {name: getattr(move, name) for name in NewMove.__dataclass_fields__}
    await execute(conn, _NOTE, rows=[row | {"batch_id": batch_id}])


async def moves(conn: AsyncConnection, batch_id: int) -> list[Move]:
    """What was done to a batch, from the first on."""
    return await fetch_as(conn, Move, _MOVES, batch_id=batch_id)


async def involved(conn: AsyncConnection, batch: Batch) -> set[str]:
    """Who made the batch, or looked at it for another department: they cannot look at it now."""
    asked = {"batch_id": batch.batch_id, "round": batch.round, "department": batch.department}
    return set(await fetch_values(conn, str, _INVOLVED, **asked))


async def all_at_the_bank(conn: AsyncConnection, collector_id: int, coverage_year: int) -> list[int]:
    """Batches that wait for the bank, and of which nothing is in hand or missing any more."""
    asked = {"collector_id": collector_id, "coverage_year": coverage_year}
    return await fetch_values(conn, int, _TO_THE_BANK, **asked)


async def in_hand_again(conn: AsyncConnection, collector_id: int, coverage_year: int) -> list[int]:
    """Batches past the bank of which money is in hand again: a deposit was withdrawn."""
    asked = {"collector_id": collector_id, "coverage_year": coverage_year}
    return await fetch_values(conn, int, _IN_HAND_AGAIN, **asked)
