"""Compares slips that villages recorded with the lists of the banks at which they paid in."""

from datetime import datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import differences_store
from libs.common.cases.alerts_store import take_watch
from libs.common.cases.differing import keep_differences
from libs.common.cases.store import NewCase
from libs.common.repeating import repeating
from libs.common.security.masking import mask_identities
from libs.common.service import Worker
from services.collection.assembly import CollectionContext
from services.collection.settlements import slips_store as store
from services.collection.settlements.rules import SLIPS, SlipDifference

_SAYS = ("theirs_fen", "ours_fen", "deposit_id")


def slip_comparer(context: CollectionContext) -> Worker:
    """Make the worker; of several instances one looks at a time."""

    async def work() -> None:
        await compare_slips(context)

    return repeating("deposit_slips", work, context.settings.look_seconds)


async def compare_slips(context: CollectionContext) -> None:
    """Open a case for each slip that only one side has or that differs, close those that are explained."""
    async with context.engine.begin() as conn:
        if await take_watch(conn, "deposit slips"):
            await _compare(conn, context.clock.now())


async def _compare(conn: AsyncConnection, now: datetime) -> None:
    found = [_case_of(one, now) for one in await store.slips_that_differ(conn)]
    asked = await differences_store.asked(conn, [kind.code for kind in SLIPS.values()])
    await keep_differences(conn, found, asked, _SAYS, now)


def _case_of(one: SlipDifference, now: datetime) -> NewCase:
    kind, number = SLIPS[one.kind], mask_identities(one.slip_no)
    evidence: dict[str, JsonValue] = {
        "slip_no": number,
        "account": one.account,
        "business_on": one.business_on.isoformat(),
        "file_id": one.file_id,
        "line": one.line,
        "theirs_fen": one.theirs_fen,
        "deposit_id": one.deposit_id,
        "ours_fen": one.ours_fen,
    }
    return NewCase(
        kind=kind.code,
        subject=f"deposit-slips/{one.county}/{number}",
        owner=kind.owner,
        proposed=kind.steps[0].code,
        opened_at=now,
        evidence=evidence,
        county=one.county,
        coverage_year=one.coverage_year,
        division_code=one.division_code,
        amount_fen=one.theirs_fen if one.ours_fen is None else one.ours_fen,
    )
