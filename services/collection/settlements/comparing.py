"""Compares what channels owe with what came to the accounts, whenever a bill or a statement has changed."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import differences_store
from libs.common.cases.alerts_store import take_watch
from libs.common.cases.differing import keep_differences
from libs.common.cases.store import NewCase
from libs.common.repeating import for_each, repeating
from libs.common.security.masking import mask_identities
from libs.common.service import Worker
from services.collection.assembly import CollectionContext
from services.collection.differences.rules import COMPARED
from services.collection.settlements import store
from services.collection.settlements.owing import one_of_each_day, owed_of
from services.collection.settlements.rules import (
    KINDS,
    STATEMENTS,
    Came,
    Settlement,
    Terms,
    amounts,
    fingerprint,
    settle,
)

_SAYS = ("owed_fen", "came_fen", "came_on")


def settler(context: CollectionContext) -> Worker:
    """Make the worker; of several instances one looks at an account at a time."""

    async def work() -> None:
        await compare_settlements(context)

    return repeating("settlements", work, context.settings.look_seconds)


async def compare_settlements(context: CollectionContext) -> None:
    """Compare every account that channels pay into by the settings."""
    accounts = {
        (county, terms.account): {code: one for code, one in channels.items() if one.account == terms.account}
        for county, channels in context.parts.settlements.items()
        for terms in channels.values()
    }

    async def compare(one: tuple[tuple[str, str], Mapping[str, Terms]]) -> None:
        (county, account), channels = one
        async with context.engine.begin() as conn:
            if await take_watch(conn, _about(county, account)):
                await _compare(conn, county, account, channels, context.clock.now())

    await for_each(accounts.items(), compare, lambda one: _about(*one[0]))


async def _compare(
    conn: AsyncConnection, county: str, account: str, channels: Mapping[str, Terms], now: datetime
) -> None:
    statements = one_of_each_day(await store.files_of(conn, county, [account], STATEMENTS), STATEMENTS)
    if not statements:
        return
    owed = owed_of(await store.files_of(conn, county, channels, COMPARED), channels)
    known = [one.business_on for one in statements]
    ids = [one.file_id for one in statements]
    rests_on = fingerprint(owed, ids)
    if all(one.compared_with == rests_on for one in statements):
        return
    found = settle(owed, await store.lines(conn, ids, amounts(owed)), (min(known), max(known)))
    cases = [_case_of(county, account, one, now) for one in found]
    kinds = [kind.code for kind in KINDS.values()]
    asked = await differences_store.asked(conn, kinds, _about(county, account))
    await keep_differences(conn, cases, asked, _SAYS, now)
    await store.note_compared(conn, ids, rests_on)


def _about(county: str, account: str) -> str:
    return f"settlements/{county}/{account}/"


def _case_of(county: str, account: str, one: Settlement, now: datetime) -> NewCase:
    """The case about a settlement: what the channel owes beside the line of the statement."""
    kind, owed, came = KINDS[one.kind], one.owed, one.came
    evidence: dict[str, JsonValue] = {
        "channel": owed.channel,
        "account": account,
        "business_on": owed.business_on.isoformat(),
        "owed_fen": owed.owed_fen,
        "gross_fen": owed.gross_fen,
        "fee_fen": owed.fee_fen,
        "file_id": owed.file_id,
        "days": [day.isoformat() for day in one.days],
        **_line_of(came),
    }
    return NewCase(
        kind=kind.code,
        subject=f"{_about(county, account)}{owed.channel}/{owed.business_on.isoformat()}",
        owner=kind.owner,
        proposed=kind.steps[0].code,
        opened_at=now,
        evidence=evidence,
        county=county,
        division_code=owed.division_code,
        amount_fen=owed.owed_fen,
    )


def _line_of(came: Came | None) -> dict[str, JsonValue]:
    """The line of the statement; of one that is not there, nulls."""
    return {
        "came_fen": came.amount_fen if came else None,
        "came_on": came.on.isoformat() if came else None,
        "statement_file_id": came.file_id if came else None,
        "statement_line": came.line if came else None,
        "transaction_no": mask_identities(came.transaction_no) if came else None,
    }
