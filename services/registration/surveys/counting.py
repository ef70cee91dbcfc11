"""Says what villages are counted by: base, exclusions and target, each with its day and its author."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import business_date
from libs.common.dates import instant_of
from libs.common.policy import Notice
from services.registration.households.freeing import with_free
from services.registration.notices.schemas import RegistrationOut
from services.registration.notices.showing import registrations
from services.registration.surveys import counts_store as store
from services.registration.surveys import homes_store
from services.registration.surveys.counts_store import Count
from services.registration.surveys.lists_store import Wanted
from services.registration.surveys.rules import LISTS
from services.registration.surveys.schemas import BaseOut, Exclusion, TargetOut, VillageCount
from services.registration.surveys.store import Base


async def villages_of(
    conn: AsyncConnection, notice: Notice, wanted: Wanted, limit: int, now: datetime
) -> list[VillageCount]:
    """The figures of villages, in the order of their codes."""
    codes = (await homes_store.villages(conn, wanted))[:limit]
    if not codes:
        return []
    part = await with_free(conn, notice, replace(wanted, low=codes[0], high=codes[-1]), now)
    by_village: dict[str, list[Count]] = defaultdict(list)
    for count in await store.counts(conn, part):
        by_village[count.division_code].append(count)
    bases = {base.division_code: base for base in await store.newest(conn, part)}
    ends = [one for one in registrations(notice, now) if one.to_at is not None]
    return [_village(code, by_village[code], bases.get(code), notice, ends) for code in codes]


def _village(
    code: str, counts: list[Count], base: Base | None, notice: Notice, ends: list[RegistrationOut]
) -> VillageCount:
    on = {name: sum(one.people for one in counts if one.on_list == name) for name in LISTS}
    own = [one for one in counts if one.on_list in LISTS]
    return VillageCount(
        division_code=code,
        base=BaseOut.model_validate(base) if base is not None else None,
        base_due_on=_due_on(notice),
        registration=ends,
        not_registered=sum(one.not_registered for one in own if one.on_list == "unpaid"),
        in_no_base=sum(one.in_no_base for one in own),
        exclusions=[_exclusion(one) for one in own if one.on_list == "excluded"],
        to_insure=on["unpaid"] + on["paid"] + on["exempt"],
        to_subsidize=sum(one.to_subsidize for one in own),
        unpaid=on["unpaid"],
        paid=on["paid"],
        exempt=on["exempt"],
        troubled=sum(one.troubled for one in counts),
        target=_target(code, notice),
    )


def _exclusion(one: Count) -> Exclusion:
    return Exclusion.model_validate(
        {
            "reason": one.reason,
            "people": one.people,
            "last_said_at": one.last_said_at,
            "entered_by": list(one.entered_by),
        }
    )


def _due_on(notice: Notice) -> date | None:
    """The last day on which townships may send the bases."""
    by = [one.by for one in notice.document.deadlines if one.what == "survey_bases"]
    return business_date(instant_of(min(by) - 1)) if by else None


def _target(code: str, notice: Notice) -> TargetOut | None:
    """The task that the notice sets for a village; most set tasks for townships alone."""
    targets = notice.document.targets
    row = next((one for one in targets.rows if one.division == code), None) if targets else None
    if targets is None or row is None:
        return None
    return TargetOut(
        clause=targets.clause,
        task=row.task,
        population=row.population,
        dated_on=notice.document.notice.issued_on,
    )
