"""SQL of books: moves of numbers of paper, who holds them since when, and which are used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.ids import next_ids
from libs.common.db.rows import Records, all_but, any_of, execute, fetch_as, fetch_value, statement
from services.collection.books.rules import Numbers, Stretch
from services.collection.tables import cash_receipts, paper_vouchers, voucher_moves, voucher_stretches


@dataclass(frozen=True, slots=True)
class Paper:
    """The paper of a county that a notice names."""

    county: str
    voucher: str


@dataclass(frozen=True, slots=True)
class Move:
    """What happened to numbers of paper."""

    move_id: int
    kind: str
    county: str
    voucher: str
    series: str
    first_serial: int
    last_serial: int
    from_division_code: str | None
    from_collector_id: int | None
    from_state: str | None
    to_division_code: str
    to_collector_id: int | None
    to_state: str
    reason: str | None
    writeoff_id: int | None
    at: datetime
    entered_at: datetime
    entered_by: str


@dataclass(frozen=True, slots=True)
class Kept(Stretch):
    """A stretch with its place in the table."""

    stretch_id: int


@dataclass(frozen=True, slots=True)
class Shown(Kept):
    """A stretch of any paper."""

    county: str
    voucher: str


@dataclass(frozen=True, slots=True)
class Used:
    """A number that a receipt bears."""

    voucher_no: str
    collector_id: int
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """A number on a receipt that is to be recorded."""

    voucher_no: str
    series: str
    serial: int
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a number is now, and where it was at the instant on the paper; None: in no book."""

    voucher_no: str
    paid_at: datetime
    now_state: str | None
    now_collector_id: int | None
    then_state: str | None
    then_collector_id: int | None
    book_entered_at: datetime | None


@dataclass(frozen=True, slots=True)
class TurnedUp:
    """A lost number that a receipt bears."""

    county: str
    voucher: str
    series: str
    serial: int
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class Frozen:
    """Up to which day the paper of a division is written off."""

    division_code: str
    up_to: date


_TURN = "SELECT pg_advisory_xact_lock{}(hashtextextended('books ' || :county || ' ' || :voucher, 0))"
_ALONE = statement(_TURN.format(""))
_TOGETHER = statement(_TURN.format("_shared"))
_KEPT = statement("""
    SELECT EXISTS (SELECT 1 FROM voucher_moves WHERE county = :county AND voucher = :voucher)
""")
_STRETCH = ", ".join(f"s.{name}" for name in all_but(voucher_stretches, "county", "voucher"))
_NOW = statement(f"""
    SELECT {_STRETCH} FROM voucher_stretches s
    WHERE s.county = :county AND s.voucher = :voucher AND s.series = :series AND s.until_at IS NULL
      AND s.first_serial <= :last_serial AND s.last_serial >= :first_serial
    ORDER BY s.first_serial
""")
_FROZEN = statement("""
    SELECT division_code, up_to FROM voucher_writeoffs WHERE county = :county AND voucher = :voucher
""")
_MOVES = Records(voucher_moves)
_ADD = statement(f"INSERT INTO voucher_moves ({_MOVES.names}) SELECT {_MOVES.names} FROM {_MOVES}")
_STRETCHES = Records(voucher_stretches, *Stretch.__dataclass_fields__)
_BEGIN = statement(f"""
    INSERT INTO voucher_stretches (county, voucher, {_STRETCHES.names})
    SELECT :county, :voucher, {_STRETCHES.names} FROM {_STRETCHES} ORDER BY from_at, first_serial
""")
_DROP = statement(
    f"DELETE FROM voucher_stretches WHERE stretch_id {any_of(voucher_stretches.c.stretch_id, 'ids')}"
)
_USED = statement("""
    SELECT v.voucher_no, r.collector_id, r.paid_at
    FROM paper_vouchers v JOIN cash_receipts r USING (receipt_id)
    WHERE v.county = :county AND v.voucher = :voucher AND v.series = :series
      AND v.serial BETWEEN :first_serial AND :last_serial AND r.state <> 'refused'
      AND (CAST(:at AS timestamptz) IS NULL OR r.paid_at < :at
           OR r.collector_id <> CAST(:collector_id AS bigint))
    ORDER BY v.serial LIMIT 5
""")
_ASKED = Records(
    paper_vouchers, "voucher_no", "series", "serial", alias="asked", paid_at=cash_receipts.c.paid_at
)
_AT = """
    SELECT s.* FROM voucher_stretches s
    WHERE s.county = :county AND s.voucher = :voucher AND s.series = asked.series
      AND asked.serial BETWEEN s.first_serial AND s.last_serial
"""
_STANDING = statement(f"""
    SELECT asked.voucher_no, asked.paid_at, present.state AS now_state,
           present.collector_id AS now_collector_id, past.state AS then_state,
           past.collector_id AS then_collector_id, m.entered_at AS book_entered_at
    FROM {_ASKED}
    LEFT JOIN LATERAL ({_AT} AND s.until_at IS NULL) AS present ON true
    LEFT JOIN LATERAL (
        {_AT} AND s.from_at <= asked.paid_at AND (s.until_at IS NULL OR s.until_at > asked.paid_at)
    ) AS past ON true
    LEFT JOIN voucher_moves m ON m.move_id = past.book_id
""")
_LOST_ON = statement("""
    SELECT v.county, v.voucher, v.series, v.serial, r.paid_at
    FROM paper_vouchers v JOIN cash_receipts r USING (receipt_id)
    JOIN voucher_stretches s ON s.county = v.county AND s.voucher = v.voucher AND s.series = v.series
     AND v.serial BETWEEN s.first_serial AND s.last_serial AND s.until_at IS NULL AND s.state = 'lost'
    WHERE v.receipt_id = :receipt_id ORDER BY v.serial
""")
_LOST_BY = statement("""
    SELECT count(*)::integer FROM voucher_stretches
    WHERE move_id = :move_id AND state = 'lost' AND until_at IS NULL
""")
_PAGE = statement(f"""
    SELECT {_STRETCH}, s.county, s.voucher FROM voucher_stretches s
    WHERE s.stretch_id > :after AND s.division_code LIKE CAST(:division AS text) || '%'
      AND (CAST(:county AS text) IS NULL OR s.county = :county)
      AND (CAST(:voucher AS text) IS NULL OR s.voucher = :voucher)
      AND (CAST(:collector_id AS bigint) IS NULL OR s.collector_id = :collector_id)
      AND (CAST(:series AS text) IS NULL
           OR (s.series = :series AND :serial BETWEEN s.first_serial AND s.last_serial))
      AND CASE WHEN CAST(:at AS timestamptz) IS NULL THEN s.until_at IS NULL
          ELSE s.from_at <= :at AND (s.until_at IS NULL OR s.until_at > :at) END
    ORDER BY s.stretch_id LIMIT :limit
""")
_MOVED = f"""
    SELECT {", ".join(f"m.{name}" for name in all_but(voucher_moves))} FROM voucher_moves m
    WHERE m.move_id > :after AND (CAST(:county AS text) IS NULL OR m.county = :county)
      AND (CAST(:voucher AS text) IS NULL OR m.voucher = :voucher)
      AND (CAST(:series AS text) IS NULL
           OR (m.series = :series AND :serial BETWEEN m.first_serial AND m.last_serial))
      AND (m.to_division_code LIKE CAST(:division AS text) || '%'
           OR m.from_division_code LIKE CAST(:division AS text) || '%')
    ORDER BY m.move_id LIMIT :limit
"""
_HISTORY = statement(_MOVED, voucher_moves.c.reason)


async def hold(conn: AsyncConnection, paper: Paper, *, alone: bool) -> bool:
    """Keep others from moving numbers until the transaction ends; say whether the county keeps books."""
    await execute(conn, _ALONE if alone else _TOGETHER, county=paper.county, voucher=paper.voucher)
    return bool(await fetch_value(conn, bool, _KEPT, county=paper.county, voucher=paper.voucher))


async def stretches(conn: AsyncConnection, paper: Paper, numbers: Numbers) -> list[Kept]:
    """Who holds numbers now; what is in no book is left out."""
    return await fetch_as(conn, Kept, _NOW, **_of(paper, numbers))


async def frozen(conn: AsyncConnection, paper: Paper) -> list[Frozen]:
    """Every write-off of a paper."""
    return await fetch_as(conn, Frozen, _FROZEN, county=paper.county, voucher=paper.voucher)


async def move_ids(conn: AsyncConnection, number: int) -> list[int]:
    """Take ids for moves."""
    return await next_ids(conn, voucher_moves, number, "move_id")


async def write(
    conn: AsyncConnection,
    paper: Paper,
    moves: Sequence[Move],
    gone: Sequence[Kept],
    begun: Sequence[Stretch],
) -> None:
    """Write moves, with the stretches that take the place of others."""
    await execute(conn, _ADD, rows=moves)
    await execute(conn, _DROP, ids=[one.stretch_id for one in gone])
    await execute(conn, _BEGIN, rows=begun, county=paper.county, voucher=paper.voucher)


async def used(
    conn: AsyncConnection, paper: Paper, numbers: Numbers, before: datetime | None, collector_id: int | None
) -> list[Used]:
    """Some numbers that receipts bear; with `before` only those used earlier, or by another collector."""
    return await fetch_as(conn, Used, _USED, at=before, collector_id=collector_id, **_of(paper, numbers))


async def standings(conn: AsyncConnection, paper: Paper, asked: Sequence[Asked]) -> list[Standing]:
    """Where numbers are, and were at their instants."""
    return await fetch_as(conn, Standing, _STANDING, asked=asked, county=paper.county, voucher=paper.voucher)


async def lost_on(conn: AsyncConnection, receipt_id: int) -> list[TurnedUp]:
    """The numbers of a receipt that are lost."""
    return await fetch_as(conn, TurnedUp, _LOST_ON, receipt_id=receipt_id)


async def still_lost(conn: AsyncConnection, move_id: int) -> bool:
    """Whether numbers that a move declared lost are lost still."""
    return bool(await fetch_value(conn, int, _LOST_BY, move_id=move_id))


@dataclass(frozen=True, slots=True)
class Listed:
    """Which stretches or moves to list; None is all."""

    division: str
    county: str | None = None
    voucher: str | None = None
    #: One number alone.
    number: Numbers | None = None

    @property
    def members(self) -> dict[str, object]:
        """The same as a query takes it."""
        one = self.number
        number = {"series": one and one.series, "serial": one and one.first_serial}
        return {"division": self.division, "county": self.county, "voucher": self.voucher, **number}


async def page(
    conn: AsyncConnection,
    wanted: Listed,
    collector_id: int | None,
    at: datetime | None,
    after: int,
    limit: int,
) -> list[Shown]:
    """Who holds which numbers, now or at an instant."""
    return await fetch_as(
        conn, Shown, _PAGE, after=after, limit=limit, collector_id=collector_id, at=at, **wanted.members
    )  # fmt: skip


async def history(conn: AsyncConnection, wanted: Listed, after: int, limit: int) -> list[Move]:
    """What happened to numbers, in the order in which it was entered."""
    return await fetch_as(conn, Move, _HISTORY, after=after, limit=limit, **wanted.members)


def _of(paper: Paper, numbers: Numbers) -> dict[str, object]:
    serials = {"first_serial": numbers.first_serial, "last_serial": numbers.last_serial}
    return {"county": paper.county, "voucher": paper.voucher, "series": numbers.series, **serials}
