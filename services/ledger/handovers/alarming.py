"""Raises alerts for handovers of the notice: due soon, their day over, prepared to be sealed, or not."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.alerting import Season, alert_case, find_in_each, keep_alerts
from libs.common.cases.kinds import CaseKind
from libs.common.cases.store import NewCase
from libs.common.clock import business_date
from libs.common.divisions import CODE_LENGTH
from libs.common.policy import Notice, Notices
from services.ledger.accounts import store as accounts_store
from services.ledger.cases.rules import (
    HANDOVER_DUE,
    HANDOVER_OVERDUE,
    HANDOVER_PREPARED,
    HANDOVER_UNPREPARED,
)
from services.ledger.handovers import alarms_store as store
from services.ledger.handovers import drafts_store
from services.ledger.handovers.drafts_store import DraftRow
from services.ledger.handovers.rules import Deadline, calendar_of, months_after


async def see_to_handovers(
    conn: AsyncConnection, now: datetime, notices: Notices, days: int
) -> Collection[Season]:
    """Raise and resolve the alerts, of books in which money has moved; sealing ends them."""
    moved = set(await accounts_store.seasons(conn))
    done = {(one.county, one.coverage_year, one.deadline_id) for one in await store.sealed(conn)}
    soon = business_date(now) + timedelta(days=days)
    drafts = defaultdict[Season, list[DraftRow]](list)
    for draft in await drafts_store.every(conn):
        drafts[draft.county, draft.coverage_year].append(draft)

    async def find(notice: Notice) -> list[NewCase]:
        key = (notice.county, notice.year)
        known = calendar_of(notice) if key in moved else ()
        due = [one for one in known if one.due_on <= soon and (*key, one.id) not in done]
        drafted = [alert for draft in drafts[key] for alert in _of_draft(notice, draft, now)]
        return [*(_alert(notice, one, now) for one in due), *drafted]

    found = await find_in_each(conn, notices.items(), find)
    kinds = (HANDOVER_DUE, HANDOVER_OVERDUE, HANDOVER_PREPARED, HANDOVER_UNPREPARED)
    return await keep_alerts(conn, kinds, found, now)


def _alert(notice: Notice, deadline: Deadline, now: datetime) -> NewCase:
    late = deadline.due_on < business_date(now)
    return _about(HANDOVER_OVERDUE if late else HANDOVER_DUE, notice, deadline, now)


def _of_draft(notice: Notice, draft: DraftRow, now: datetime) -> Iterator[NewCase]:
    """That it is there; that it could not be made, until it is made again."""
    known = (*calendar_of(notice), *months_after(notice, now))
    deadline = next((one for one in known if one.id == draft.deadline_id), None)
    if deadline is None:
        return
    if draft.document is not None:
        heads: dict[str, JsonValue] = {"heads": draft.head_count}
        yield _about(HANDOVER_PREPARED, notice, deadline, now, heads, amount_fen=draft.amount_fen)
    if draft.trouble is not None:
        tried: dict[str, JsonValue] = {"tries": draft.tries, "trouble": draft.trouble}
        yield _about(HANDOVER_UNPREPARED, notice, deadline, now, tried)


def _about(
    kind: CaseKind,
    notice: Notice,
    deadline: Deadline,
    now: datetime,
    more: Mapping[str, JsonValue] | None = None,
    **place: object,
) -> NewCase:
    return alert_case(
        kind,
        f"handovers/{notice.county}/{notice.year}/{deadline.id}",
        now,
        {
            "deadline_id": deadline.id,
            "label": deadline.label,
            "label_zh": deadline.label_zh,
            "due_on": deadline.due_on.isoformat(),
            **(more or {}),
        },
        county=notice.county,
        coverage_year=notice.year,
        division_code=notice.division.ljust(CODE_LENGTH, "0"),
        **place,
    )
