"""Raises an alert for each batch of which rows are not answered after so many workdays (DA 七(二): three)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.alerting import Findings, Season, alert_case, keep_alerts
from libs.common.clock import business_date
from libs.common.workdays import YearUnknown, add_workdays
from services.collection.cases.exchanges import UNANSWERED
from services.collection.exchange import answers_store as store
from services.collection.exchange.answers_store import Silent
from services.collection.exchange.rules import KIND_NAMES, PARTY_NAMES


async def see_to_exchange(conn: AsyncConnection, now: datetime, workdays: int) -> Collection[Season]:
    """Raise the alerts of batches that nobody answered, and resolve those that somebody did.

    Where the workdays of a year are not known yet nothing is raised: a day off would be taken for silence.
    """
    found, today = Findings(), business_date(now)
    for one in await store.silent(conn, now):
        try:
            due_on = add_workdays(business_date(one.made_at), workdays)
        except YearUnknown:
            found.unjudged.add((one.county, one.coverage_year))
            continue
        if today > due_on:
            found.cases.append(
                alert_case(
                    UNANSWERED,
                    f"exchange-batches/{one.batch_id}",
                    now,
                    {**_named(one), "due_on": due_on.isoformat()},
                    county=one.county,
                    coverage_year=one.coverage_year,
                    division_code=one.division_code,
                )
            )
    return await keep_alerts(conn, (UNANSWERED,), found, now)


def _named(one: Silent) -> dict[str, int | str]:
    return {
        "batch_id": one.batch_id,
        "batch_no": one.batch_no,
        "party": one.party,
        "party_en": PARTY_NAMES[one.party][0],
        "party_zh": PARTY_NAMES[one.party][1],
        "kind": one.kind,
        "kind_en": KIND_NAMES[one.kind][0],
        "kind_zh": KIND_NAMES[one.kind][1],
        "rows": one.rows,
    }
