"""SQL of cases and approvals: opening, closing by themselves, deciding."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.kinds import ApprovalState, CaseState, News
from libs.common.cases.tables import case_tables
from libs.common.db.rows import Records, all_but, any_of, execute, fetch_as, fetch_one_as, statement, value_of

_CASES, _APPROVALS, _ = case_tables(MetaData())


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case to open. `subject` and `kind` are what makes it one: opened again it is brought up to date."""

    kind: str
    subject: str
    owner: str
    proposed: str
    opened_at: datetime
    evidence: Mapping[str, JsonValue]
    county: str | None = None
    coverage_year: int | None = None
    division_code: str | None = None
    person_id: int | None = None
    amount_fen: int | None = None
    alert: bool = False


@dataclass(frozen=True, slots=True)
class Gone:
    """A case whose cause went away."""

    kind: str
    subject: str


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case on record."""

    case_id: int
    county: str | None
    coverage_year: int | None
    division_code: str | None
    kind: str
    subject: str
    person_id: int | None
    amount_fen: int | None
    owner: str
    evidence: dict[str, JsonValue]
    proposed: str
    state: str
    opened_at: datetime
    step: str | None
    reason: str | None
    decided_by: str | None
    decided_at: datetime | None
    alert: bool
    acknowledged_by: str | None
    acknowledged_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewApproval:
    """Something that a second person has to agree to."""

    operation: str
    subject: str
    payload: Mapping[str, JsonValue]
    reason: str
    asked_by: str
    asked_at: datetime
    county: str | None = None
    coverage_year: int | None = None
    division_code: str | None = None
    case_id: int | None = None


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """An approval on record."""

    approval_id: int
    county: str | None
    coverage_year: int | None
    division_code: str | None
    operation: str
    subject: str
    case_id: int | None
    payload: dict[str, JsonValue]
    reason: str
    asked_by: str
    asked_at: datetime
    state: str
    decided_by: str | None
    decided_at: datetime | None
    note: str | None


_NEW = Records(_CASES, *NewCase.__dataclass_fields__)
_KNOWN = ("evidence", "amount_fen", "proposed", "person_id", "division_code")
# Of two who raise the same alert at once the second finds the row of the first: it is told once.
_OPEN = statement(f"""
    WITH opened AS (
        INSERT INTO cases ({_NEW.names}, state) SELECT {_NEW.names}, '{CaseState.OPEN}' FROM {_NEW}
        ORDER BY subject, kind
        ON CONFLICT (subject, kind) WHERE state = 'open'
        DO UPDATE SET {_NEW.taken_over(*_KNOWN)}
        WHERE (cases.evidence, cases.amount_fen, cases.proposed)
              IS DISTINCT FROM (excluded.evidence, excluded.amount_fen, excluded.proposed)
        RETURNING case_id, alert, opened_at, xmax = 0 AS fresh
    )
    INSERT INTO alert_news (case_id, news, at)
    SELECT case_id, '{News.RAISED}', opened_at FROM opened WHERE alert AND fresh ORDER BY case_id
""")
_BETTER = statement(f"""
    UPDATE cases SET {_NEW.changes(*_KNOWN, "county", "coverage_year")} FROM {_NEW}
    WHERE cases.subject = rows.subject AND cases.kind = rows.kind AND cases.state = '{CaseState.OPEN}'
""")
_WHY = value_of(_CASES.c.reason, "reason")
_GONE = Records(_CASES, "kind", "subject")
_CLOSE = statement(f"""
    WITH closed AS (
        UPDATE cases SET state = '{CaseState.CLOSED}', reason = {_WHY}, decided_at = :at FROM {_GONE}
        WHERE cases.subject = rows.subject AND cases.kind = rows.kind AND cases.state = '{CaseState.OPEN}'
        RETURNING cases.case_id, cases.alert
    ), news AS (
        INSERT INTO alert_news (case_id, news, at)
        SELECT case_id, '{News.RESOLVED}', :at FROM closed WHERE alert ORDER BY case_id
    )
    SELECT case_id FROM closed
""")
_LAPSE = statement(f"""
    UPDATE approvals SET state = '{ApprovalState.LAPSED}', decided_at = :at
    WHERE case_id = ANY(CAST(:case_ids AS bigint[])) AND state = '{ApprovalState.WAITING}'
""")
_CASE = Records(_CASES, *all_but(_CASES, "recorded_at"))
_ONE = statement(f"SELECT {_CASE.names} FROM cases WHERE case_id = :case_id", _CASES.c.reason)
_LOCK = statement(f"SELECT {_CASE.names} FROM cases WHERE case_id = :case_id FOR UPDATE", _CASES.c.reason)
_DECIDE = statement(f"""
    UPDATE cases SET state = '{CaseState.DECIDED}', step = :step, reason = {_WHY}, decided_by = :by,
           decided_at = :at
    WHERE case_id = :case_id
""")
_ASKED = Records(_APPROVALS, *NewApproval.__dataclass_fields__)
_APPROVAL = Records(_APPROVALS, *all_but(_APPROVALS, "recorded_at"))
_SAID = (_APPROVALS.c.payload, _APPROVALS.c.reason, _APPROVALS.c.note)
_ASK = statement(
    f"""
    INSERT INTO approvals ({_ASKED.names}, state)
    SELECT {_ASKED.names}, '{ApprovalState.WAITING}' FROM {_ASKED}
    ON CONFLICT (subject, operation) WHERE state = 'waiting' DO NOTHING
    RETURNING {_APPROVAL.names}
""",
    *_SAID,
)
_LAPSE_ABOUT = statement(f"""
    UPDATE approvals SET state = '{ApprovalState.LAPSED}', decided_at = :at
    WHERE operation = :operation AND subject {any_of(_APPROVALS.c.subject, "subjects")}
      AND state = '{ApprovalState.WAITING}'
""")
_ONE_APPROVAL = statement(f"SELECT {_APPROVAL.names} FROM approvals WHERE approval_id = :approval_id", *_SAID)
_LOCK_APPROVAL = statement(
    f"SELECT {_APPROVAL.names} FROM approvals WHERE approval_id = :approval_id FOR UPDATE", *_SAID
)
_END_APPROVAL = statement(f"""
    UPDATE approvals
    SET state = :state, decided_by = :by, decided_at = :at, note = {value_of(_APPROVALS.c.note, "note")}
    WHERE approval_id = :approval_id
""")


async def open_cases(conn: AsyncConnection, new: Sequence[NewCase]) -> None:
    """Open cases; one that is open already is brought up to date and keeps its age."""
    once = {(case.subject, case.kind): case for case in new}
    await execute(conn, _OPEN, rows=list(once.values()))


async def bring_up_to_date(conn: AsyncConnection, known: Sequence[NewCase]) -> None:
    """Say what is known better of cases that are open; those that were decided stay as they are."""
    await execute(conn, _BETTER, rows=list({(case.subject, case.kind): case for case in known}.values()))


async def close_cases(conn: AsyncConnection, gone: Collection[Gone], at: datetime, reason: str) -> None:
    """Close open cases whose cause went away, with the approvals that wait for them."""
    if not gone:
        return
    closed = [row.case_id for row in await fetch_as(conn, _Id, _CLOSE, rows=list(gone), at=at, reason=reason)]
    if closed:
        await execute(conn, _LAPSE, case_ids=closed, at=at)


@dataclass(frozen=True, slots=True)
class _Id:
    case_id: int


async def one(conn: AsyncConnection, case_id: int) -> CaseRow | None:
    """Look a case up."""
    return await fetch_one_as(conn, CaseRow, _ONE, case_id=case_id)


async def lock(conn: AsyncConnection, case_id: int) -> CaseRow | None:
    """Look a case up and hold it until the transaction ends."""
    return await fetch_one_as(conn, CaseRow, _LOCK, case_id=case_id)


async def decide(
    conn: AsyncConnection, case_id: int, *, step: str, reason: str, by: str, at: datetime
) -> None:
    """Note what was decided about a locked case; approvals that wait for it lapse."""
    await execute(conn, _DECIDE, case_id=case_id, step=step, reason=reason, by=by, at=at)
    await execute(conn, _LAPSE, case_ids=[case_id], at=at)


async def ask(conn: AsyncConnection, approval: NewApproval) -> ApprovalRow | None:
    """Ask for a second person; None when the same was asked for already."""
    return await fetch_one_as(conn, ApprovalRow, _ASK, rows=[approval])


async def ask_each(conn: AsyncConnection, approvals: Sequence[NewApproval]) -> None:
    """Ask for a second person about each of these; what was asked for already stays as it is."""
    await execute(conn, _ASK, rows=approvals)


async def lapse(conn: AsyncConnection, operation: str, subjects: Collection[str], at: datetime) -> None:
    """End what waits for a second person about these: nobody has to agree any more."""
    if subjects:
        await execute(conn, _LAPSE_ABOUT, operation=operation, subjects=sorted(subjects), at=at)


async def approval(conn: AsyncConnection, approval_id: int) -> ApprovalRow | None:
    """Look an approval up."""
    return await fetch_one_as(conn, ApprovalRow, _ONE_APPROVAL, approval_id=approval_id)


async def lock_approval(conn: AsyncConnection, approval_id: int) -> ApprovalRow | None:
    """Look an approval up and hold it until the transaction ends."""
    return await fetch_one_as(conn, ApprovalRow, _LOCK_APPROVAL, approval_id=approval_id)


async def end_approval(
    conn: AsyncConnection, approval_id: int, state: ApprovalState, *, by: str, at: datetime, note: str | None
) -> None:
    """Note what the second person said."""
    await execute(conn, _END_APPROVAL, approval_id=approval_id, state=state.value, by=by, at=at, note=note)
