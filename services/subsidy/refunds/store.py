"""SQL of refund cases."""

from collections.abc import Collection, Sequence
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
from services.subsidy.entitlements.facts import LineKey
from services.subsidy.refunds.rules import OPERATION, SUBJECT, RefundState
from services.subsidy.tables import payment_lines, refunds


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case about a line that waits for a decision."""

    refund_id: int
    payment_id: int
    line_no: int
    withdraws: bool

    @property
    def line(self) -> LineKey:
        """The line that it is about."""
        return LineKey(self.payment_id, self.line_no)


_LINES = Records(payment_lines, "payment_id", "line_no", alias="asked")
_LOCK_LINES = statement(f"""
    SELECT l.payment_id FROM {_LINES} JOIN payment_lines l USING (payment_id, line_no)
    ORDER BY payment_id, line_no FOR UPDATE OF l
""")
_WAITING = statement(f"""
    SELECT refund_id, payment_id, line_no, withdraws FROM {_LINES} JOIN refunds USING (payment_id, line_no)
    WHERE state = '{RefundState.REQUESTED}'
""")


async def lock_lines(conn: AsyncConnection, lines: Collection[LineKey]) -> None:
    """Lock payment lines, after their people and before deciding about their money."""
    await execute(conn, _LOCK_LINES, asked=[line._asdict() for line in lines])


async def waiting(conn: AsyncConnection, lines: Collection[LineKey]) -> dict[LineKey, Waiting]:
    """The cases about lines that wait for a decision, one for a line at most."""
    rows = await fetch_as(conn, Waiting, _WAITING, asked=[line._asdict() for line in lines])
    return {row.line: row for row in rows}


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
    against_rule: str | None = None
    against_clause: str | None = None
    ground: str | None = None
    proofs: tuple[str, ...] | None = None
    repaired_year: int | None = None

    @property
    def line(self) -> LineKey:
        """The payment line that is given back."""
        return LineKey(self.payment_id, self.line_no)


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
    against_rule: str | None
    against_clause: str | None
    ground: str | None
    proofs: list[str] | None
    repaired_year: int | None
    approval_id: int | None
    employee_fund: str | None

    @property
    def exceptional(self) -> bool:
        """Whether the notice does not provide for it."""
        return self.against_clause is not None

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
    *("against_rule", "against_clause", "ground", "proofs", "repaired_year"),
)
_ADD = statement(f"""
    INSERT INTO refunds ({_NEW.names}, state) SELECT {_NEW.names}, '{RefundState.REQUESTED}' FROM {_NEW}
    ORDER BY payment_id, line_no
    RETURNING refund_id, payment_id, line_no
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
_SHOWN = f"""
    SELECT r.refund_id, r.county, r.coverage_year, r.payment_id, r.line_no, r.person_id, r.payee_digest,
           r.division_code, r.channel, r.amount_fen, r.reason, r.state, r.withdraws, r.requested_by,
           r.requested_at, r.decided_by, r.decided_at, r.decision_note, p.payout_id,
           p.state AS payout_state, p.reason AS payout_reason, r.against_rule, r.against_clause,
           r.ground, r.proofs, r.repaired_year, a.approval_id, l.employee_fund
    FROM refunds r LEFT JOIN payment_lines l USING (payment_id, line_no)
    LEFT JOIN payouts p USING (refund_id)
    LEFT JOIN approvals a
      ON a.operation = '{OPERATION}' AND a.subject = '{SUBJECT}' || r.refund_id AND a.state = 'waiting'
"""
_TEXTS = (refunds.c.reason, refunds.c.decision_note)
_ONE = statement(f"{_SHOWN} WHERE r.refund_id = :refund_id", *_TEXTS)
_LIST = statement(
    f"""
    {_SHOWN}
    WHERE r.refund_id > :after
      AND (CAST(:state AS text) IS NULL OR r.state = :state)
      AND (CAST(:county AS text) IS NULL OR r.county = :county)
      AND (CAST(:coverage_year AS integer) IS NULL OR r.coverage_year = :coverage_year)
      AND (CAST(:division AS text) = '' OR r.division_code BETWEEN :lowest AND :highest)
    ORDER BY r.refund_id
    LIMIT :limit
""",
    *_TEXTS,
)
_OF_PERSON = statement(
    f"""
    {_SHOWN}
    WHERE r.person_id = :person_id
      AND (CAST(:coverage_year AS integer) IS NULL OR r.coverage_year = :coverage_year)
    ORDER BY r.refund_id
""",
    *_TEXTS,
)


@dataclass(frozen=True, slots=True)
class _Added:
    refund_id: int
    payment_id: int
    line_no: int


async def add_refunds(conn: AsyncConnection, new: Sequence[NewRefund]) -> dict[LineKey, int]:
    """Write requested refunds and give the id of each by its line."""
    added = await fetch_as(conn, _Added, _ADD, rows=new)
    return {LineKey(one.payment_id, one.line_no): one.refund_id for one in added}


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
