"""SQL of refund cases."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import (
    Records,
    execute,
    fetch_as,
    fetch_one_as,
    fetch_value,
    fetch_values,
    statement,
)
from services.subsidy.paging import Wanted
from services.subsidy.refunds.rules import UNDER_WAY, RefundState
from services.subsidy.tables import payment_lines, refunds

#: Payment and line: which money is meant.
LineKey = tuple[int, int]

_LINES = Records(payment_lines, "payment_id", "line_no", alias="lines")

_OPEN_AUTOMATIC = statement(f"""
    INSERT INTO refunds (county, coverage_year, payment_id, line_no, person_id, division_code, channel,
                         amount_fen, reason, state, withdraws, requested_by, requested_at)
    SELECT l.county, l.coverage_year, l.payment_id, l.line_no, l.person_id, l.division_code, l.channel,
           l.amount_fen, l.reason, '{RefundState.REQUESTED}', false, :requested_by, l.happened_at
    FROM {_LINES} JOIN payment_lines l USING (payment_id, line_no)
    ORDER BY l.payment_id, l.line_no
""")
_SUPERSEDE_REQUESTED = statement(f"""
    UPDATE refunds SET state = '{RefundState.SUPERSEDED}' FROM {_LINES}
    WHERE refunds.payment_id = lines.payment_id AND refunds.line_no = lines.line_no
      AND refunds.state = '{RefundState.REQUESTED}'
""")
_APPROVED = statement(f"""
    SELECT r.refund_id FROM refunds r JOIN {_LINES} USING (payment_id, line_no)
    WHERE r.state = '{RefundState.APPROVED}'
""")
_SUPERSEDE = statement(f"""
    UPDATE refunds SET state = '{RefundState.SUPERSEDED}' WHERE refund_id = ANY(CAST(:ids AS bigint[]))
""")


def _keys(lines: Sequence[LineKey]) -> list[dict[str, object]]:
    return [{"payment_id": payment_id, "line_no": line_no} for payment_id, line_no in lines]


async def open_automatic(conn: AsyncConnection, lines: Sequence[LineKey], by: str) -> None:
    """Open a case for each of these suspended payment lines, for all of its money."""
    await execute(conn, _OPEN_AUTOMATIC, lines=_keys(lines), requested_by=by)


async def supersede_requested(conn: AsyncConnection, lines: Sequence[LineKey]) -> None:
    """Close the undecided cases of lines whose money was applied after all."""
    await execute(conn, _SUPERSEDE_REQUESTED, lines=_keys(lines))


async def approved_refunds(conn: AsyncConnection, lines: Sequence[LineKey]) -> list[int]:
    """The approved cases of these lines."""
    return await fetch_values(conn, int, _APPROVED, lines=_keys(lines))


async def supersede(conn: AsyncConnection, refund_ids: Collection[int]) -> None:
    """Close these cases, whose payouts are cancelled."""
    await execute(conn, _SUPERSEDE, ids=list(refund_ids))


@dataclass(frozen=True, slots=True)
class Line:
    """The money of a payment line."""

    payment_id: int
    line_no: int
    county: str | None
    coverage_year: int | None
    person_id: int | None
    division_code: str | None
    channel: str
    state: str
    amount_fen: int

    @property
    def key(self) -> LineKey:
        """Payment and line."""
        return self.payment_id, self.line_no


_LINE = (
    f"SELECT {', '.join(field.name for field in fields(Line))} FROM payment_lines "
    "WHERE payment_id = :payment_id AND line_no = :line_no"
)
_FIND_LINE = statement(_LINE)
_LOCK_LINE = statement(f"{_LINE} FOR UPDATE")
_REFUNDED = statement(f"""
    SELECT coalesce(sum(amount_fen), 0)::bigint AS amount_fen FROM refunds
    WHERE payment_id = :payment_id AND line_no = :line_no
      AND state IN ({", ".join(f"'{state}'" for state in UNDER_WAY)})
      AND refund_id IS DISTINCT FROM CAST(:without AS bigint)
""")
_GIVE_BACK = statement("""
    UPDATE payment_lines SET refunded_fen = refunded_fen + :amount_fen, withdrawn = withdrawn OR :whole
    WHERE payment_id = :payment_id AND line_no = :line_no
""")


async def line(conn: AsyncConnection, key: LineKey, *, lock: bool = False) -> Line | None:
    """Look a payment line up; `lock` it (after its person) before deciding about its money."""
    payment_id, line_no = key
    sql = _LOCK_LINE if lock else _FIND_LINE
    return await fetch_one_as(conn, Line, sql, payment_id=payment_id, line_no=line_no)


async def refunded_fen(conn: AsyncConnection, key: LineKey, without: int | None = None) -> int:
    """What refunds of a line amount to, paid or under way, one of them left out."""
    payment_id, line_no = key
    found = await fetch_value(conn, int, _REFUNDED, payment_id=payment_id, line_no=line_no, without=without)
    return found or 0


async def give_back(conn: AsyncConnection, key: LineKey, amount_fen: int, whole: bool) -> None:
    """Note on a line what an approved refund gives back; `whole` when it ends the contribution."""
    payment_id, line_no = key
    await execute(
        conn, _GIVE_BACK, payment_id=payment_id, line_no=line_no, amount_fen=amount_fen, whole=whole
    )


@dataclass(frozen=True, slots=True)
class NewRefund:
    """A refund that somebody requests."""

    county: str | None
    coverage_year: int | None
    payment_id: int
    line_no: int
    person_id: int | None
    payee_digest: str | None
    division_code: str | None
    channel: str
    amount_fen: int
    reason: str
    withdraws: bool
    requested_by: str
    requested_at: datetime
    state: RefundState = RefundState.REQUESTED


@dataclass(frozen=True, slots=True)
class RefundRow:
    """A refund case with its payout."""

    refund_id: int
    county: str | None
    coverage_year: int | None
    payment_id: int
    line_no: int
    person_id: int | None
    payee_digest: str | None
    division_code: str | None
    channel: str
    amount_fen: int
    reason: str
    state: RefundState
    withdraws: bool
    requested_by: str
    requested_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_note: str | None
    payout_id: int | None
    payout_state: str | None
    payout_reason: str | None

    @property
    def line_key(self) -> LineKey:
        """Which money is given back."""
        return self.payment_id, self.line_no


_NEW = Records(refunds, *(field.name for field in fields(NewRefund)))
_ADD = statement(f"INSERT INTO refunds ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW} RETURNING refund_id")
_DECIDE = statement("""
    UPDATE refunds
    SET state = :state, decided_by = :by, decided_at = :at, decision_note = :note, withdraws = :withdraws
    WHERE refund_id = :refund_id
""")
_SHOWN = ", ".join(f"r.{field.name}" for field in fields(RefundRow) if not field.name.startswith("payout_"))
_CASES = f"""
    SELECT {_SHOWN}, p.payout_id, p.state AS payout_state, p.reason AS payout_reason
    FROM refunds r LEFT JOIN payouts p USING (refund_id)
"""
_ONE = statement(f"{_CASES} WHERE r.refund_id = :refund_id")
_LOCK = statement("SELECT state FROM refunds WHERE refund_id = :refund_id FOR UPDATE")
_LIST = statement(f"""
    {_CASES}
    WHERE r.refund_id > :after
      AND (CAST(:state AS text) IS NULL OR r.state = :state)
      AND (CAST(:county AS text) IS NULL OR r.county = :county)
      AND (CAST(:coverage_year AS integer) IS NULL OR r.coverage_year = :coverage_year)
      AND (CAST(:division AS text) = '' OR r.division_code BETWEEN :lowest AND :highest)
    ORDER BY r.refund_id
    LIMIT :limit
""")
_OF_PERSON = statement(f"""
    {_CASES}
    WHERE r.person_id = :person_id
      AND (CAST(:coverage_year AS integer) IS NULL OR r.coverage_year = :coverage_year)
    ORDER BY r.refund_id
""")


async def add_refund(conn: AsyncConnection, new: NewRefund) -> int:
    """Write a requested refund and give its id."""
    refund_id = await fetch_value(conn, int, _ADD, rows=[new])
    assert refund_id is not None, "what is inserted is returned"
    return refund_id


async def decide_refund(
    conn: AsyncConnection,
    refund_id: int,
    state: RefundState,
    *,
    by: str,
    at: datetime,
    note: str | None,
    withdraws: bool = False,
) -> None:
    """Write a decision about a locked case."""
    await execute(
        conn, _DECIDE, refund_id=refund_id, state=str(state), by=by, at=at, note=note, withdraws=withdraws
    )


async def refund(conn: AsyncConnection, refund_id: int) -> RefundRow | None:
    """Look one case up, with its payout."""
    return await fetch_one_as(conn, RefundRow, _ONE, refund_id=refund_id)


async def lock_refund(conn: AsyncConnection, refund_id: int) -> str | None:
    """Lock one case and give its state as it is then."""
    return await fetch_value(conn, str, _LOCK, refund_id=refund_id)


async def list_refunds(conn: AsyncConnection, wanted: Wanted) -> list[RefundRow]:
    """A page of cases within a division, in the order of their ids."""
    return await fetch_as(conn, RefundRow, _LIST, **wanted.parameters())


async def refunds_of(conn: AsyncConnection, person_id: int, coverage_year: int | None) -> list[RefundRow]:
    """The cases of a person."""
    return await fetch_as(conn, RefundRow, _OF_PERSON, person_id=person_id, coverage_year=coverage_year)
