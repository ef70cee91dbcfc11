"""Drafts a bulletin from the snapshot of its period, and has a second person sign it (or refuse)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.deciding import Decision, ask_second
from libs.common.cases.store import ApprovalRow, NewApproval
from libs.common.db.ids import next_ids
from libs.common.policy import Notice
from libs.common.policy.engine.reports import end_of, periods_of
from libs.common.policy.format.work_rules import Report
from services.registration.bulletins import store
from services.registration.bulletins.problems import (
    BULLETIN_NOT_DRAFT,
    PERIOD_OPEN,
    PERIOD_PASSED,
    PERIOD_UNKNOWN,
    REPORT_UNKNOWN,
)
from services.registration.bulletins.rules import content_of, frozen
from services.registration.bulletins.store import Bulletin
from services.registration.progress import kept_store
from services.registration.progress.counting import keep, snapshot_of
from services.registration.progress.rules import Snapshot
from services.registration.tables import bulletins

#: What the second person agrees to.
OPERATION = "bulletin"
_SUBJECT = "bulletins/"
_DIVISION_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which bulletin somebody wants to draft."""

    kind: str
    period_to: date
    by: str
    now: datetime


async def draft(conn: AsyncConnection, notice: Notice, wanted: Wanted) -> Bulletin:
    """Draft a bulletin; nobody has to read it before a second person signs. Raises Problem."""
    report = _report(notice, wanted.kind)
    days = list(periods_of(report, notice))
    if days and wanted.period_to not in days:
        raise PERIOD_UNKNOWN.problem(periods=[day.isoformat() for day in days])
    as_of = end_of(wanted.period_to)
    if as_of >= wanted.now:
        raise PERIOD_OPEN.problem(period_to=wanted.period_to.isoformat())
    await store.take_turn(conn, notice.county)
    earlier = await store.last(conn, notice.county, notice.year, report.id)
    if earlier is not None and (earlier.state == "draft" or earlier.as_of >= as_of):
        raise PERIOD_PASSED.problem(bulletin_id=earlier.id)
    kept = await keep(conn, notice, as_of, wanted.by, wanted.now)
    before = await _snapshot(conn, earlier)
    content = content_of(notice, report, snapshot_of(kept), before, wanted.period_to)
    (bulletin_id,) = await next_ids(conn, bulletins, 1)
    asked = await ask_second(conn, _approval(notice, bulletin_id, report, wanted))
    await store.draft(
        conn,
        {
            "id": bulletin_id,
            "county": notice.county,
            "coverage_year": notice.year,
            "kind": report.id,
            "state": "draft",
            "as_of": as_of,
            "period_to": wanted.period_to,
            "snapshot_id": kept.id,
            "content": frozen(content),
            "approval_id": asked.approval_id,
            "drafted_by": wanted.by,
            "drafted_at": wanted.now,
        },
    )
    made = await store.one(conn, bulletin_id)
    assert made is not None, "it was drafted just now"
    return made


async def agree(conn: AsyncConnection, context: object, asked: ApprovalRow, decision: Decision) -> None:
    """A second person signs: the bulletin has its number, and changes no more."""
    await store.take_turn(conn, str(asked.county))
    if not await store.sign(conn, _id_of(asked), str(decision.approved_by), decision.at):
        raise BULLETIN_NOT_DRAFT.problem()


async def refuse(conn: AsyncConnection, context: object, asked: ApprovalRow, decision: Decision) -> None:
    """A second person refuses: the draft is put away, and has no number."""
    await store.take_turn(conn, str(asked.county))
    await store.refuse(conn, _id_of(asked), str(decision.approved_by), decision.at)


def _id_of(asked: ApprovalRow) -> int:
    return int(asked.subject.removeprefix(_SUBJECT))


def _report(notice: Notice, kind: str) -> Report:
    known = {one.id: one for one in notice.document.reports if one.about == "progress"}
    if kind not in known:
        raise REPORT_UNKNOWN.problem(known_kinds=sorted(known))
    return known[kind]


async def _snapshot(conn: AsyncConnection, earlier: Bulletin | None) -> Snapshot | None:
    """The figures of the bulletin before."""
    kept = None if earlier is None else await kept_store.one(conn, earlier.snapshot_id)
    return None if kept is None else snapshot_of(kept)


def _approval(notice: Notice, bulletin_id: int, report: Report, wanted: Wanted) -> NewApproval:
    return NewApproval(
        operation=OPERATION,
        subject=f"{_SUBJECT}{bulletin_id}",
        payload={"kind": report.id, "period_to": wanted.period_to.isoformat()},
        reason=f"{report.label.zh} {wanted.period_to.isoformat()}",
        asked_by=wanted.by,
        asked_at=wanted.now,
        county=notice.county,
        coverage_year=notice.year,
        division_code=notice.division.ljust(_DIVISION_DIGITS, "0"),
    )
