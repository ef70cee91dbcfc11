"""SQL of refund cases."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import (
    Records,
    execute,
    fetch_as,
    fetch_one_as,
    fetch_value,
    statement,
)
from libs.common.transitions import listed
from services.subsidy.entitlements.facts import LineKey
from services.subsidy.refunds.rules import CLAIMS_MONEY, RefundState
from services.subsidy.tables import refunds


@dataclass(frozen=True, slots=True)
class LineRow:
    """A payment line as far as a refund needs it."""

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
        """Which line of which payment this is."""
        return LineKey(self.payment_id, self.line_no)


_LINE = """
    SELECT payment_id, line_no, county, coverage_year, person_id, division_code, channel, state, amount_fen
    FROM payment_lines WHERE payment_id = :payment_id AND line_no = :line_no
"""
_ONE_LINE = statement(_LINE)
_LOCKED_LINE = statement(f"{_LINE} FOR UPDATE")
_REFUNDED = statement(f"""
    SELECT (SELECT coalesce(sum(amount_fen), 0) FROM refunds
            WHERE payment_id = :payment_id AND line_no = :line_no AND state IN {listed(CLAIMS_MONEY)}
              AND refund_id IS DISTINCT FROM CAST(:without AS bigint))::bigint
         + (SELECT coalesce(sum(amount_fen), 0) FROM line_returns
            WHERE payment_id = :payment_id AND line_no = :line_no)::bigint
""")
_WAITING = statement(f"""
    SELECT refund_id FROM refunds
    WHERE payment_id = :payment_id AND line_no = :line_no AND state = '{RefundState.REQUESTED}'
""")
_GIVE_BACK = statement("""
    UPDATE payment_lines SET refunded_fen = refunded_fen + :amount_fen, withdrawn = withdrawn OR :whole
    WHERE payment_id = :payment_id AND line_no = :line_no
""")


async def line(conn: AsyncConnection, key: LineKey) -> LineRow | None:
    """Look a payment line up."""
    return await fetch_one_as(conn, LineRow, _ONE_LINE, **key._asdict())


async def lock_line(conn: AsyncConnection, key: LineKey) -> LineRow:
    """Lock a payment line that exists, after its person and before deciding about its money."""
    locked = await fetch_one_as(conn, LineRow, _LOCKED_LINE, **key._asdict())
    assert locked is not None, "payment lines are never deleted"
    return locked


async def refunded_fen(conn: AsyncConnection, key: LineKey, without: int | None = None) -> int:
    """What refunds of a line amount to, paid or under way, one of them left out."""
    return await fetch_value(conn, int, _REFUNDED, without=without, **key._asdict()) or 0


async def waiting(conn: AsyncConnection, key: LineKey) -> int | None:
    """The case about a line that waits for a decision, if there is one."""
    return await fetch_value(conn, int, _WAITING, **key._asdict())


async def give_back(conn: AsyncConnection, key: LineKey, amount_fen: int, *, whole: bool) -> None:
    """Note on a line what an approved refund gives back; `whole` when it ends the contribution."""
    await execute(conn, _GIVE_BACK, amount_fen=amount_fen, whole=whole, **key._asdict())


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
    state: str
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
    def line(self) -> LineKey:
        """The payment line that is given back."""
        return LineKey(self.payment_id, self.line_no)


@dataclass(frozen=True, slots=True)
class RefundDecision:
    """What was decided about a case, and by whom."""

    refund_id: int
    state: RefundState
    decided_by: str
    decided_at: datetime
    decision_note: str | None
    withdraws: bool


_NEW = Records(
    refunds,
    *("county", "coverage_year", "payment_id", "line_no", "person_id", "payee_digest", "division_code"),
    *("channel", "amount_fen", "reason", "withdraws", "requested_by", "requested_at"),
)
_ADD = statement(f"""
    INSERT INTO refunds ({_NEW.names}, state) SELECT {_NEW.names}, '{RefundState.REQUESTED}' FROM {_NEW}
    RETURNING refund_id
""")
_DECISION = Records(
    refunds, "refund_id", "state", "decided_by", "decided_at", "decision_note", "withdraws", alias="made"
)
_DECIDE = statement(f"""
    UPDATE refunds
    SET {_DECISION.changes("state", "decided_by", "decided_at", "decision_note", "withdraws")}
    FROM {_DECISION} WHERE refunds.refund_id = made.refund_id
""")
_LOCK = statement("SELECT state FROM refunds WHERE refund_id = :refund_id FOR UPDATE")
_SHOWN = """
    SELECT r.refund_id, r.county, r.coverage_year, r.payment_id, r.line_no, r.person_id, r.payee_digest,
           r.division_code, r.channel, r.amount_fen, r.reason, r.state, r.withdraws, r.requested_by,
           r.requested_at, r.decided_by, r.decided_at, r.decision_note, p.payout_id,
           p.state AS payout_state, p.reason AS payout_reason
    FROM refunds r LEFT JOIN payouts p USING (refund_id)
"""
_ONE = statement(f"{_SHOWN} WHERE r.refund_id = :refund_id")
_LIST = statement(f"""
    {_SHOWN}
    WHERE r.refund_id > :after
      AND (CAST(:state AS text) IS NULL OR r.state = :state)
      AND (CAST(:county AS text) IS NULL OR r.county = :county)
      AND (CAST(:coverage_year AS integer) IS NULL OR r.coverage_year = :coverage_year)
      AND (CAST(:division AS text) = '' OR r.division_code BETWEEN :lowest AND :highest)
    ORDER BY r.refund_id
    LIMIT :limit
""")
_OF_PERSON = statement(f"""
    {_SHOWN}
    WHERE r.person_id = :person_id
      AND (CAST(:coverage_year AS integer) IS NULL OR r.coverage_year = :coverage_year)
    ORDER BY r.refund_id
""")


async def add_refund(conn: AsyncConnection, new: NewRefund) -> int:
    """Write a requested refund and give its id."""
    refund_id = await fetch_value(conn, int, _ADD, rows=[new])
    assert refund_id is not None, "an insert gives its row"
    return refund_id


async def decide_refund(conn: AsyncConnection, decision: RefundDecision) -> None:
    """Write a decision about a locked case."""
    await execute(conn, _DECIDE, made=[decision])


async def refund(conn: AsyncConnection, refund_id: int) -> RefundRow | None:
    """Look one case up, with its payout."""
    return await fetch_one_as(conn, RefundRow, _ONE, refund_id=refund_id)


async def lock_refund(conn: AsyncConnection, refund_id: int) -> RefundState:
    """Lock one case and give its state as it is then."""
    state = await fetch_value(conn, str, _LOCK, refund_id=refund_id)
    assert state is not None, "cases are never deleted"
    return RefundState(state)


async def list_refunds(
    conn: AsyncConnection,
    *,
    after: int,
    state: RefundState | None,
    county: str | None,
    coverage_year: int | None,
    division: str,
    division_range: tuple[str, str],
    limit: int,
) -> list[RefundRow]:
    """A page of cases within a division, in the order of their ids."""
    lowest, highest = division_range
    return await fetch_as(
        conn,
        RefundRow,
        _LIST,
        after=after,
        state=state.value if state else None,
        county=county,
        coverage_year=coverage_year,
        division=division,
        lowest=lowest,
        highest=highest,
        limit=limit,
    )


async def refunds_of(conn: AsyncConnection, person_id: int, coverage_year: int | None) -> list[RefundRow]:
    """The cases of a person."""
    return await fetch_as(conn, RefundRow, _OF_PERSON, person_id=person_id, coverage_year=coverage_year)
