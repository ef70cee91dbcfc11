"""Books fees: of days whose channel keeps its fee by the settings, and as officers decide about a day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Draft
from libs.common.cases import differences_store
from libs.common.cases.deciding import Decision
from libs.common.cases.kinds import CaseState
from libs.common.cases.store import CaseRow
from libs.common.db.isolation import apply_by_halves
from libs.common.events.channel_days import ChannelFeeBooked, ChannelFeeReversed
from libs.common.repeating import for_each, repeating
from libs.common.service import Worker
from libs.common.setbacks import setback
from services.collection.assembly import CollectionContext
from services.collection.cases.channel_days import SETTLEMENT_FEE
from services.collection.differences.rules import COMPARED, window
from services.collection.fees import store
from services.collection.fees.problems import FEE_OF_NO_YEAR
from services.collection.fees.rules import BY_SETTINGS, ChannelDay, Kept, Reason, is_to_book, shares
from services.collection.fees.store import Fee, NewFee, Window
from services.collection.files.rules import FileKind
from services.collection.settlements import store as settlements
from services.collection.settlements.owing import owed_of
from services.collection.settlements.rules import Terms


@dataclass(frozen=True, slots=True)
class By:
    """By whom a fee is booked or taken back, when, and why what was booked before is no longer."""

    who: str
    approved_by: str | None
    at: datetime
    reason: Reason


def booker(context: CollectionContext) -> Worker:
    """Make the worker; any number of instances may run."""

    async def work() -> None:
        await book_fees(context)

    return repeating("channel_fees", work, context.settings.look_seconds)


async def book_fees(context: CollectionContext) -> None:
    """Book what channels kept by their bills, where the settings say that they keep it.

    A corrected bill takes back what was booked by the one before. A day is left alone while an officer has
    to decide about its fee, has decided, or while nobody knows of which years its money is.
    """

    async def book(one: tuple[str, Mapping[str, Terms]]) -> None:
        county, terms = one
        keeping = {code: terms for code, terms in terms.items() if terms.keeps_fee}
        if keeping:
            async with context.engine.begin() as conn:
                await store.hold(conn, county)
                await _book(conn, county, keeping, context.clock.now())

    await for_each(context.parts.settlements.items(), book, lambda one: f"fees of {one[0]}")


async def _book(conn: AsyncConnection, county: str, terms: Mapping[str, Terms], now: datetime) -> None:
    files = await settlements.files_of(conn, county, terms, COMPARED)
    booked = await store.booked(conn, county, terms)
    kept = {
        (one.channel, one.business_on): (
            Kept(ChannelDay(county, one.channel, one.business_on), one.fee_fen, one.file_id),
            one.division_code,
        )
        for days in owed_of(files, terms)
        for one in days
    }
    wanted = {key: one for key, one in kept.items() if is_to_book(one[0], booked.get(key))}
    if not wanted:
        return
    asked = await _asked(conn, county)
    kinds: dict[tuple[str, date], list[FileKind]] = {}
    for file in files:
        kinds.setdefault((file.channel, file.business_on), []).append(file.kind)
    moved = await store.moved(conn, county, [_window(*key, kinds[key]) for key in wanted])

    async def book(days: Sequence[tuple[str, date]]) -> None:
        for key in days:
            one, division_code = wanted[key]
            years = shares(one.fee_fen, moved.get(key, {}))
            if key not in asked and (years or not one.fee_fen):
                await _replace(conn, one, years, division_code, By(BY_SETTINGS, None, now, "corrected_file"))

    for (channel, day), error in (await apply_by_halves(conn, list(wanted), book, most_defects=None)).refused:
        setback(f"fee of {channel} on {day}", error)


def _window(channel: str, day: date, kinds: Iterable[FileKind]) -> Window:
    return Window(channel, day, *window(day, list(kinds)))


async def _asked(conn: AsyncConnection, county: str) -> set[tuple[str, date]]:
    """Days about whose fee an officer has to decide."""
    cases = await differences_store.asked(conn, [SETTLEMENT_FEE.code], f"settlements/{county}/")
    return {
        (str(one.evidence["channel"]), date.fromisoformat(str(one.evidence["business_on"])))
        for one in cases
        if one.state == CaseState.OPEN
    }


async def _replace(
    conn: AsyncConnection, kept: Kept, years: Mapping[int, int], division_code: str, by: By
) -> None:
    """Take back what is booked of a day, book what was kept of each year's money, and tell both."""
    before = await store.of_day(conn, kept.day)
    standing = [one for one in before if one.stands]
    mirrors = [mirror_of(one, len(before) + no, by) for no, one in enumerate(standing, start=1)]
    new = [
        NewFee(
            county=kept.day.county,
            division_code=division_code,
            channel=kept.day.channel,
            business_on=kept.day.business_on,
            fee_no=len(before) + len(mirrors) + no,
            coverage_year=year,
            amount_fen=fen,
            file_id=kept.file_id,
            statement_file_id=kept.statement_file_id,
            statement_line=kept.statement_line,
            reverses_id=None,
            reason=None,
            booked_by=by.who,
            approved_by=by.approved_by,
            booked_at=by.at,
        )
        for no, (year, fen) in enumerate(years.items(), start=1)
    ]
    # What an officer decided is known by the bill about which it was decided.
    mirrors = [replace(one, file_id=kept.file_id) for one in mirrors]
    await write(conn, [*mirrors, *new], by.at)


def mirror_of(fee: Fee, number: int, by: By) -> NewFee:
    """What takes a fee back."""
    return NewFee(
        county=fee.county,
        division_code=fee.division_code,
        channel=fee.channel,
        business_on=fee.business_on,
        fee_no=number,
        coverage_year=fee.coverage_year,
        amount_fen=fee.amount_fen,
        file_id=fee.file_id,
        statement_file_id=fee.statement_file_id,
        statement_line=fee.statement_line,
        reverses_id=fee.fee_id,
        reason=by.reason,
        booked_by=by.who,
        approved_by=by.approved_by,
        booked_at=by.at,
    )


async def write(conn: AsyncConnection, new: Sequence[NewFee], now: datetime) -> None:
    """Write rows about fees, each with its fact, which the ledger posts once."""
    drafts = [
        Draft(_fact(one), one.day.key, now, subject=f"channel-fees/{one.fee_id}")
        for one in await store.add(conn, new)
    ]
    await outbox.append(conn, drafts)


def _fact(one: Fee) -> ChannelFeeBooked | ChannelFeeReversed:
    told = {
        "county": one.county,
        "coverage_year": one.coverage_year,
        "channel": one.channel,
        "business_on": one.business_on,
        "amount_fen": one.amount_fen,
        "file_id": one.file_id,
        "statement_file_id": one.statement_file_id,
        "statement_line": one.statement_line,
        "kept_at": one.day.ends_at,
    }
    if one.reverses_id is None:
        return ChannelFeeBooked.model_validate({**told, "fee_id": one.fee_id, "booked_at": one.booked_at})
    undone = {"fee_id": one.reverses_id, "reason": one.reason, "reversed_at": one.booked_at}
    return ChannelFeeReversed.model_validate({**told, **undone})


async def book_as_it_came(
    conn: AsyncConnection, context: CollectionContext, case: CaseRow, decision: Decision
) -> None:
    """Book of a day what did not come to the account: its fee, or nothing where all of it came.

    Two officers decided it; a corrected bill alone changes it again. Raises Problem.
    """
    told = case.evidence
    assert case.county is not None and case.division_code is not None, "it is a day of an account"
    gross_fen, came_fen = _number(told["gross_fen"]), _number(told["came_fen"])
    day = ChannelDay(case.county, str(told["channel"]), date.fromisoformat(str(told["business_on"])))
    kept = Kept(
        day,
        gross_fen - came_fen,
        _number(told["file_id"]),
        _number(told["statement_file_id"]),
        _number(told["statement_line"]),
    )
    await store.hold(conn, day.county)
    files = await settlements.files_of(conn, day.county, [day.channel], COMPARED)
    kinds = [one.kind for one in files if one.business_on == day.business_on]
    moved = await store.moved(conn, day.county, [_window(day.channel, day.business_on, kinds)])
    years = shares(kept.fee_fen, moved.get((day.channel, day.business_on), {}))
    if kept.fee_fen and not years:
        raise FEE_OF_NO_YEAR.problem()
    reason: Reason = "corrected_file" if kept.fee_fen else "paid_in_full"
    by = By(decision.by, decision.approved_by, decision.at, reason)
    await _replace(conn, kept, years, case.division_code, by)


def _number(value: object) -> int:
    assert isinstance(value, int), "the evidence of a fee names lines and sums"
    return value
