"""Keeps the cases of what a comparison finds: two sides that differ are a question until they agree."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.alerting import open_each
from libs.common.cases.differences_store import Asked
from libs.common.cases.kinds import CaseState
from libs.common.cases.store import Gone, NewCase, close_cases

_CAUSE_GONE = "cause_gone"


async def keep_differences(
    conn: AsyncConnection,
    found: Sequence[NewCase],
    asked: Iterable[Asked],
    says: Collection[str],
    now: datetime,
) -> list[NewCase]:
    """Open a case for each difference, close the open ones among `asked` that were not found again.

    What somebody has decided is asked again only when it says something else: another value in the members
    of the evidence that `says` names. Gives the cases that are open now.
    """
    before = {(one.kind, one.subject): one for one in asked}
    there = {(one.kind, one.subject) for one in found}
    gone = [Gone(*key) for key, one in before.items() if one.state == CaseState.OPEN and key not in there]
    await close_cases(conn, gone, now, _CAUSE_GONE)
    open_now = [one for one in found if not _is_decided(one, before.get((one.kind, one.subject)), says)]
    await open_each(conn, open_now)
    return open_now


def _is_decided(case: NewCase, before: Asked | None, says: Collection[str]) -> bool:
    return (
        before is not None
        and before.state == CaseState.DECIDED
        and all(before.evidence.get(name) == case.evidence.get(name) for name in says)
    )
