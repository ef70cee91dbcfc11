"""SQL of cases and approvals: opening, closing by themselves, deciding, listing and counting."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.kinds import ApprovalState, CaseState
from libs.common.cases.tables import case_tables
from libs.common.db.rows import Records, all_but, execute, fetch_as, fetch_one_as, statement, value_of

_CASES, _APPROVALS = case_tables(MetaData())


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


@dataclass(frozen=True, slots=True)
class CaseCount:
    """How many open cases of a kind there are, and the money that hangs on them."""

    kind: str
    owner: str
    count: int
    amount_fen: int
    oldest_opened_at: datetime


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


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to list; None is everything. `division` is the caller's, with its lowest and highest code."""

    state: str | None = None
    county: str | None = None
    coverage_year: int | None = None
    kind: str | None = None
    owner: str | None = None
    person_id: int | None = None
    division: str = ""
    lowest: str = ""
    highest: str = ""


_NEW = Records(_CASES, *NewCase.__dataclass_fields__)
_KNOWN = ("evidence", "amount_fen", "proposed", "person_id", "division_code")
_OPEN = statement(f"""
    INSERT INTO cases ({_NEW.names}, state) SELECT {_NEW.names}, '{CaseState.OPEN}' FROM {_NEW}
    ORDER BY subject, kind
    ON CONFLICT (subject, kind) WHERE state = 'open'
    DO UPDATE SET {_NEW.taken_over(*_KNOWN)}
    WHERE (cases.evidence, cases.amount_fen, cases.proposed)
          IS DISTINCT FROM (excluded.evidence, excluded.amount_fen, excluded.proposed)
""")
_BETTER = statement(f"""
    UPDATE cases SET {_NEW.changes(*_KNOWN, "county", "coverage_year")} FROM {_NEW}
    WHERE cases.subject = rows.subject AND cases.kind = rows.kind AND cases.state = '{CaseState.OPEN}'
""")
_WHY = value_of(_CASES.c.reason, "reason")
_GONE = Records(_CASES, "kind", "subject")
_CLOSE = statement(f"""
    UPDATE cases SET state = '{CaseState.CLOSED}', reason = {_WHY}, decided_at = :at FROM {_GONE}
    WHERE cases.subject = rows.subject AND cases.kind = rows.kind AND cases.state = '{CaseState.OPEN}'
    RETURNING cases.case_id
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
_FILTERS = """
    (CAST(:state AS text) IS NULL OR state = :state)
    AND (CAST(:county AS text) IS NULL OR county = :county)
    AND (CAST(:coverage_year AS integer) IS NULL OR coverage_year = :coverage_year)
    AND (CAST(:division AS text) = '' OR division_code BETWEEN :lowest AND :highest)
"""
_CASE_FILTERS = f"""
    {_FILTERS}
    AND (CAST(:kind AS text) IS NULL OR kind = :kind)
    AND (CAST(:owner AS text) IS NULL OR owner = :owner)
    AND (CAST(:person_id AS bigint) IS NULL OR person_id = :person_id)
"""
_LIST = statement(
    f"""
    SELECT {_CASE.names} FROM cases WHERE case_id > :after AND {_CASE_FILTERS} ORDER BY case_id LIMIT :limit
""",
    _CASES.c.reason,
)
_COUNTS = statement(f"""
    SELECT kind, owner, count(*) AS count, coalesce(sum(amount_fen), 0)::bigint AS amount_fen,
           min(opened_at) AS oldest_opened_at
    FROM cases WHERE {_CASE_FILTERS} GROUP BY kind, owner ORDER BY kind, owner
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
_ONE_APPROVAL = statement(f"SELECT {_APPROVAL.names} FROM approvals WHERE approval_id = :approval_id", *_SAID)
_LOCK_APPROVAL = statement(
    f"SELECT {_APPROVAL.names} FROM approvals WHERE approval_id = :approval_id FOR UPDATE", *_SAID
)
_END_APPROVAL = statement(f"""
    UPDATE approvals
    SET state = :state, decided_by = :by, decided_at = :at, note = {value_of(_APPROVALS.c.note, "note")}
    WHERE approval_id = :approval_id
""")
_LIST_APPROVALS = statement(
    f"""
    SELECT {_APPROVAL.names} FROM approvals
    WHERE approval_id > :after AND {_FILTERS} ORDER BY approval_id LIMIT :limit
""",
    *_SAID,
)


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


async def page(conn: AsyncConnection, wanted: Wanted, after: int, limit: int) -> list[CaseRow]:
    """A page of cases in the order in which they were opened."""
    return await fetch_as(conn, CaseRow, _LIST, after=after, limit=limit, **_filters(wanted))


async def counts(conn: AsyncConnection, wanted: Wanted) -> list[CaseCount]:
    """Cases by kind: how many, the money, and the oldest."""
    return await fetch_as(conn, CaseCount, _COUNTS, **_filters(wanted))


async def ask(conn: AsyncConnection, approval: NewApproval) -> ApprovalRow | None:
    """Ask for a second person; None when the same was asked for already."""
    return await fetch_one_as(conn, ApprovalRow, _ASK, rows=[approval])


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


async def approvals(conn: AsyncConnection, wanted: Wanted, after: int, limit: int) -> list[ApprovalRow]:
    """A page of approvals in the order in which they were asked for."""
    filters = _filters(wanted)
    for name in ("kind", "owner", "person_id"):
        del filters[name]
    return await fetch_as(conn, ApprovalRow, _LIST_APPROVALS, after=after, limit=limit, **filters)


def _filters(wanted: Wanted) -> dict[str, object]:
    return {name: getattr(wanted, name) for name in Wanted.__dataclass_fields__}
