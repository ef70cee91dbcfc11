"""SQL of vouchers and of the counters that number them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, copy, fetch, fetch_as, fetch_one_as, statement
from services.collection.households.rules import HouseholdYear
from services.collection.tables import payment_lines, voucher_counters, vouchers

_WANTED = Records(voucher_counters)
_RESERVE = statement(f"""
    INSERT INTO voucher_counters ({_WANTED.names}) SELECT {_WANTED.names} FROM {_WANTED}
    ORDER BY division, issued_on
    ON CONFLICT (division, issued_on)
    DO UPDATE SET last_sequence = voucher_counters.last_sequence + excluded.last_sequence
    RETURNING {_WANTED.names}
""")
_FIND = statement("""
    SELECT v.voucher_no, v.payment_id, v.line_no, v.county, v.coverage_year, v.division_code, v.person_id,
           v."window", v.price_fen, v.own_fen, v.add_on_fen, v.subsidies, v.channel, v.paid_at, v.issued_at,
           v.key_id, v.receipt_no, v.repaired_year, v.voided_at, v.void_reason, l.masked_name, l.masked_id,
           p.transaction_no, p.employee_fund
    FROM vouchers v
    JOIN payment_lines l ON l.payment_id = v.payment_id AND l.line_no = v.line_no
    JOIN payments p ON p.id = v.payment_id
    WHERE v.voucher_no = :voucher_no
""")


@dataclass(frozen=True, slots=True)
class NewVoucher:
    """A voucher that is issued."""

    voucher_no: str
    payment_id: int
    line_no: int
    county: str
    coverage_year: int
    division_code: str
    person_id: int
    enrollment_id: int
    window: str
    price_fen: int
    own_fen: int
    add_on_fen: int
    subsidies: Sequence[Mapping[str, object]]
    channel: str
    paid_at: datetime
    issued_at: datetime
    key_id: str
    receipt_no: str | None = None
    repaired_year: int | None = None


@dataclass(frozen=True, slots=True)
class FoundVoucher:
    """A voucher with the transaction it came from and who the channel named, masked."""

    voucher_no: str
    payment_id: int
    line_no: int
    county: str
    coverage_year: int
    division_code: str
    person_id: int
    window: str
    price_fen: int
    own_fen: int
    add_on_fen: int
    subsidies: Sequence[Mapping[str, object]]
    channel: str
    paid_at: datetime
    issued_at: datetime
    key_id: str
    receipt_no: str | None
    repaired_year: int | None
    voided_at: datetime | None
    void_reason: str | None
    masked_name: str | None
    masked_id: str | None
    transaction_no: str
    employee_fund: str | None

    @property
    def amount_fen(self) -> int:
        """Own part and add-ons."""
        return self.own_fen + self.add_on_fen


_ASKED = Records(payment_lines, "household_id", "coverage_year", alias="asked")
_RECEIPTS = statement(f"""
    SELECT l.household_id, l.coverage_year, min(v.receipt_no) AS receipt_no
    FROM {_ASKED}
    JOIN payment_lines l ON l.household_id = asked.household_id AND l.coverage_year = asked.coverage_year
     AND l.state = 'applied'
    JOIN vouchers v ON v.payment_id = l.payment_id AND v.line_no = l.line_no AND v.voided_at IS NULL
    WHERE v.receipt_no IS NOT NULL GROUP BY 1, 2
""")


@dataclass(frozen=True, slots=True)
class _Counter:
    division: str
    issued_on: date
    last_sequence: int


_COLUMNS = tuple(NewVoucher.__dataclass_fields__)


async def issue(conn: AsyncConnection, rows: Sequence[NewVoucher]) -> None:
    """Write new vouchers."""
    await copy(conn, vouchers, rows, *_COLUMNS)


async def reserve(
    conn: AsyncConnection, wanted: Mapping[tuple[str, date], int]
) -> dict[tuple[str, date], int]:
    """Reserve so many numbers per (division, day); give the last number that was used before."""
    counters = [_Counter(division, day, number) for (division, day), number in wanted.items()]
    return {
        (row.division, row.issued_on): row.last_sequence - wanted[row.division, row.issued_on]
        for row in await fetch_as(conn, _Counter, _RESERVE, rows=counters)
    }


async def receipts(conn: AsyncConnection, households: Collection[HouseholdYear]) -> dict[HouseholdYear, str]:
    """The receipts that these households have."""
    rows = await fetch(conn, _RECEIPTS, asked=sorted(set(households)))
    return {HouseholdYear(row["household_id"], row["coverage_year"]): row["receipt_no"] for row in rows}


async def find(conn: AsyncConnection, voucher_no: str) -> FoundVoucher | None:
    """One voucher."""
    return await fetch_one_as(conn, FoundVoucher, _FIND, voucher_no=voucher_no)
