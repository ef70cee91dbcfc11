"""SQL of debit batches: the batch itself, how far it is, and who was left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import SHANGHAI
from libs.common.db.rows import (
    Records,
    copy,
    execute,
    fetch_as,
    fetch_one_as,
    fetch_value,
    fetch_values,
    statement,
)
from services.collection.debits.rules import BatchState, Reason
from services.collection.tables import debit_batches, debit_left_out, debit_result_files


@dataclass(frozen=True, slots=True)
class NewBatchRow:
    """A batch to open."""

    county: str
    division_code: str
    coverage_year: int
    channel: str
    debit_at: datetime
    held_until: datetime
    state: BatchState
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A debit batch."""

    batch_id: int
    county: str
    division_code: str
    coverage_year: int
    channel: str
    debit_at: datetime
    held_until: datetime
    state: BatchState
    made_up_to: int
    declared_count: int
    declared_total_fen: int
    created_at: datetime
    created_by: str
    approval_id: int | None
    decided_by: str | None
    decided_at: datetime | None
    given_at: datetime | None

    @property
    def debit_on(self) -> date:
        """The day on which the bank debits."""
        return self.debit_at.astimezone(SHANGHAI).date()


@dataclass(frozen=True, slots=True)
class LeftOutRow:
    """Somebody with a mandate who is not in a batch."""

    batch_id: int
    mandate_id: int
    person_id: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Counted:
    """How many were left out for a reason."""

    reason: Reason
    number: int


@dataclass(frozen=True, slots=True)
class Progress:
    """Count and sum of a batch for one outcome."""

    outcome: str
    count: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class ResultFileRow:
    """A result file as it came, and what was answered."""

    batch_id: int
    sha256: str
    profile: str
    content: bytes
    answer: JsonValue
    received_at: datetime
    received_by: str


_NEW = Records(debit_batches, *NewBatchRow.__dataclass_fields__)
_ADD = statement(
    f"INSERT INTO debit_batches ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW} RETURNING batch_id"
)
_COLUMNS = ", ".join(BatchRow.__dataclass_fields__)
_BATCH = f"SELECT {_COLUMNS} FROM debit_batches WHERE batch_id = :batch_id"
_ONE, _LOCKED = statement(_BATCH), statement(f"{_BATCH} FOR UPDATE")
_IN_MAKING = statement("SELECT batch_id FROM debit_batches WHERE state = 'making' ORDER BY batch_id")
_IN_TURN = statement(f"{_BATCH} AND state = 'making' FOR UPDATE SKIP LOCKED")
_PAGE = statement(f"""
    SELECT {_COLUMNS} FROM debit_batches
    WHERE batch_id > :after AND starts_with(division_code, :division)
      AND (CAST(:county AS text) IS NULL OR county = :county)
      AND (CAST(:coverage_year AS integer) IS NULL OR coverage_year = :coverage_year)
      AND NOT (:open_only AND state = 'done')
    ORDER BY batch_id LIMIT :limit
""")
_MADE = statement("""
    UPDATE debit_batches
    SET made_up_to = :made_up_to, declared_count = declared_count + :count,
        declared_total_fen = declared_total_fen + :total_fen
    WHERE batch_id = :batch_id
""")
_WAITS = statement("""
    UPDATE debit_batches SET state = 'waiting', approval_id = :approval_id WHERE batch_id = :batch_id
""")
_DECIDED = statement("""
    UPDATE debit_batches SET state = :state, decided_by = :by, decided_at = :at WHERE batch_id = :batch_id
""")
_GIVEN = statement("""
    UPDATE debit_batches b SET state = 'given_out', given_at = :at, declared_count = left_in.number,
           declared_total_fen = left_in.fen
    FROM (SELECT count(*)::integer AS number, coalesce(sum(amount_fen), 0)::bigint AS fen
          FROM debits WHERE batch_id = :batch_id AND outcome IS NULL) left_in
    WHERE b.batch_id = :batch_id
""")
_DONE = statement("""
    UPDATE debit_batches SET state = 'done' WHERE batch_id = :batch_id AND NOT EXISTS (
        SELECT FROM debits WHERE batch_id = :batch_id AND outcome IS NULL)
""")
_MISS = statement("UPDATE debit_batches SET state = 'done' WHERE batch_id = :batch_id")
_LEFT = Records(debit_left_out)
_LEAVE_OUT = statement(f"INSERT INTO debit_left_out ({_LEFT.names}) SELECT {_LEFT.names} FROM {_LEFT}")
_LEFT_PAGE = statement("""
    SELECT batch_id, mandate_id, person_id, reason FROM debit_left_out
    WHERE batch_id = :batch_id AND (mandate_id, person_id) > (:mandate_id, :person_id)
      AND (CAST(:reason AS text) IS NULL OR reason = :reason)
    ORDER BY mandate_id, person_id LIMIT :limit
""")
_LEFT_COUNT = statement("""
    SELECT reason, count(*)::integer AS number FROM debit_left_out WHERE batch_id = :batch_id
    GROUP BY reason ORDER BY reason
""")
_PROGRESS = statement("""
    SELECT coalesce(outcome, 'unanswered') AS outcome, count(*)::integer AS count,
           sum(amount_fen)::bigint AS amount_fen
    FROM debits WHERE batch_id = :batch_id GROUP BY 1 ORDER BY 1
""")
_OLD_ANSWER = statement("""
    SELECT answer FROM debit_result_files WHERE batch_id = :batch_id AND sha256 = :sha256
""")


async def add(conn: AsyncConnection, row: NewBatchRow) -> int:
    """Open a batch."""
    batch_id = await fetch_value(conn, int, _ADD, rows=[row])
    assert batch_id is not None, "an insert gives its row"
    return batch_id


async def one(conn: AsyncConnection, batch_id: int, *, lock: bool = False) -> BatchRow | None:
    """One batch; with `lock` held until the transaction ends."""
    return await fetch_one_as(conn, BatchRow, _LOCKED if lock else _ONE, batch_id=batch_id)


async def in_making(conn: AsyncConnection) -> list[int]:
    """The batches that are being made."""
    return await fetch_values(conn, int, _IN_MAKING)


async def in_turn(conn: AsyncConnection, batch_id: int) -> BatchRow | None:
    """A batch that is being made, held, if nobody else is at it."""
    return await fetch_one_as(conn, BatchRow, _IN_TURN, batch_id=batch_id)


async def page(
    conn: AsyncConnection,
    division: str,
    county: str | None,
    year: int | None,
    open_only: bool,
    after: int,
    limit: int,
) -> list[BatchRow]:
    """A page of batches, of all or of those that are not done."""
    return await fetch_as(
        conn, BatchRow, _PAGE, division=division, county=county, coverage_year=year, open_only=open_only,
        after=after, limit=limit,
    )  # fmt: skip


async def note_made(
    conn: AsyncConnection, batch_id: int, made_up_to: int, count: int, total_fen: int
) -> None:
    """Note up to which mandate a batch is made."""
    await execute(conn, _MADE, batch_id=batch_id, made_up_to=made_up_to, count=count, total_fen=total_fen)


async def wait_for(conn: AsyncConnection, batch_id: int, approval_id: int) -> None:
    """Have a batch wait for a second person."""
    await execute(conn, _WAITS, batch_id=batch_id, approval_id=approval_id)


async def decide(conn: AsyncConnection, batch_id: int, state: BatchState, by: str, at: datetime) -> None:
    """Write what the second person said of a batch."""
    await execute(conn, _DECIDED, batch_id=batch_id, state=state, by=by, at=at)


async def give_out(conn: AsyncConnection, batch_id: int, at: datetime) -> None:
    """Note that the file of a batch left, with what is in it."""
    await execute(conn, _GIVEN, batch_id=batch_id, at=at)


async def end(conn: AsyncConnection, batch_id: int) -> None:
    """Let a batch be done if nothing of it is open."""
    await execute(conn, _DONE, batch_id=batch_id)


async def miss(conn: AsyncConnection, batch_id: int) -> None:
    """End a batch whose day is over."""
    await execute(conn, _MISS, batch_id=batch_id)


async def leave_out(conn: AsyncConnection, rows: Sequence[LeftOutRow]) -> None:
    """Write who is left out."""
    await execute(conn, _LEAVE_OUT, rows=rows)


async def left_out(
    conn: AsyncConnection, batch_id: int, reason: Reason | None, after: tuple[int, int], limit: int
) -> list[LeftOutRow]:
    """A page of those who are left out."""
    return await fetch_as(
        conn, LeftOutRow, _LEFT_PAGE, batch_id=batch_id, reason=reason, mandate_id=after[0],
        person_id=after[1], limit=limit,
    )  # fmt: skip


async def count_left_out(conn: AsyncConnection, batch_id: int) -> dict[Reason, int]:
    """How many are left out for which reason."""
    found = await fetch_as(conn, Counted, _LEFT_COUNT, batch_id=batch_id)
    return {one.reason: one.number for one in found}


async def progress(conn: AsyncConnection, batch_id: int) -> list[Progress]:
    """Count and sum of a batch by what the bank answered."""
    return await fetch_as(conn, Progress, _PROGRESS, batch_id=batch_id)


async def old_answer(conn: AsyncConnection, batch_id: int, sha256: str) -> JsonValue:
    """What was answered to the same result file before; None when it is new."""
    answer: JsonValue = await fetch_value(conn, dict, _OLD_ANSWER, batch_id=batch_id, sha256=sha256)
    return answer


async def keep_file(conn: AsyncConnection, row: ResultFileRow) -> None:
    """Keep a result file with what is answered to it."""
    await copy(conn, debit_result_files, [row])
