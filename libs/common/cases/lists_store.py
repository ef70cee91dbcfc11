"""SQL of what people look through: cases and approvals by page, and counted."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.store import ApprovalRow, CaseRow
from libs.common.cases.tables import case_tables
from libs.common.db.rows import Records, all_but, fetch_as, statement

_CASES, _APPROVALS, _ = case_tables(MetaData())
_CASE = Records(_CASES, *all_but(_CASES, "recorded_at"))
_APPROVAL = Records(_APPROVALS, *all_but(_APPROVALS, "recorded_at"))


@dataclass(frozen=True, slots=True)
class CaseCount:
    """How many open cases of a kind there are, and the money that hangs on them."""

    kind: str
    owner: str
    count: int
    unseen: int
    amount_fen: int
    oldest_opened_at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to list; None is everything. `division` is the caller's, with its lowest and highest code."""

    state: str | None = None
    county: str | None = None
    coverage_year: int | None = None
    kind: str | None = None
    owner: str | None = None
    person_id: int | None = None
    alert: bool | None = None
    division: str = ""
    lowest: str = ""
    highest: str = ""


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
    AND (CAST(:alert AS boolean) IS NULL OR alert = :alert)
"""
_LIST = statement(
    f"""
    SELECT {_CASE.names} FROM cases WHERE case_id > :after AND {_CASE_FILTERS} ORDER BY case_id LIMIT :limit
""",
    _CASES.c.reason,
)
_COUNTS = statement(f"""
    SELECT kind, owner, count(*) AS count,
           count(*) FILTER (WHERE alert AND acknowledged_at IS NULL) AS unseen,
           coalesce(sum(amount_fen), 0)::bigint AS amount_fen,
           min(opened_at) AS oldest_opened_at
    FROM cases WHERE {_CASE_FILTERS} GROUP BY kind, owner ORDER BY kind, owner
""")
_LIST_APPROVALS = statement(
    f"""
    SELECT {_APPROVAL.names} FROM approvals
    WHERE approval_id > :after
      AND (CAST(:state AS text) IS NULL OR state = :state)
      AND (CAST(:county AS text) IS NULL OR county = :county)
      AND (CAST(:coverage_year AS integer) IS NULL OR coverage_year = :coverage_year)
      AND (asked_by = :asked_by OR NOT CAST(:own AS boolean)
           AND (CAST(:division AS text) = '' OR division_code BETWEEN :lowest AND :highest))
    ORDER BY approval_id LIMIT :limit
""",
    _APPROVALS.c.payload,
    _APPROVALS.c.reason,
    _APPROVALS.c.note,
)


async def page(conn: AsyncConnection, wanted: Wanted, after: int, limit: int) -> list[CaseRow]:
    """A page of cases in the order in which they were opened."""
    return await fetch_as(conn, CaseRow, _LIST, after=after, limit=limit, **_filters(wanted))


async def counts(conn: AsyncConnection, wanted: Wanted) -> list[CaseCount]:
    """Cases by kind: how many, the money, and the oldest."""
    return await fetch_as(conn, CaseCount, _COUNTS, **_filters(wanted))


async def approvals(
    conn: AsyncConnection, wanted: Wanted, after: int, limit: int, asked_by: str, *, own: bool
) -> list[ApprovalRow]:
    """A page of approvals in the order in which they were asked for: those of the division, and what the
    caller asked for, wherever it is; that alone with `own`."""
    filters = _filters(wanted)
    for name in ("kind", "owner", "person_id", "alert"):
        del filters[name]
    whose: dict[str, object] = {"asked_by": asked_by, "own": own}
    return await fetch_as(conn, ApprovalRow, _LIST_APPROVALS, after=after, limit=limit, **filters, **whose)


def _filters(wanted: Wanted) -> dict[str, object]:
    return {name: getattr(wanted, name) for name in Wanted.__dataclass_fields__}
