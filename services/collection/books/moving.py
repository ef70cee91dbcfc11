"""Moves numbers of paper: into the county's stock, to who uses them, back, and out of use."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import store as cases
from libs.common.cases.store import Gone, NewCase
from libs.common.clock import business_date
from libs.common.divisions import prefix_of
from libs.common.security.access import check_division
from libs.common.security.caller import Caller
from libs.common.web.problems import FieldError
from services.collection.books import rules, store
from services.collection.books.rules import Numbers, Stretch, Wanted
from services.collection.books.store import Kept, Move, Paper
from services.collection.cases.rules import VOUCHER_LOST
from services.collection.problems import VOUCHERS_NOT_MOVED


@dataclass(frozen=True, slots=True)
class By:
    """Who writes a move down, when and why."""

    subject: str
    now: datetime
    reason: str | None = None


async def move(conn: AsyncConnection, caller: Caller, paper: Paper, wanted: Wanted, by: By) -> Move:
    """Move numbers, all or none. Raises Problem with everything that stands in the way."""
    await store.hold(conn, paper, alone=True)
    found = await store.stretches(conn, paper, wanted.numbers)
    for place in {one.division_code for one in found} if wanted.kind != "received" else ():
        check_division(caller, place)
    faults = list(rules.faults_of(wanted, found)) or await _faults_of_use(conn, paper, wanted)
    faults = faults or await _faults_of_day(conn, paper, wanted, found)
    if faults:
        raise VOUCHERS_NOT_MOVED.problem(errors=faults)
    (made,) = await carry_out(conn, paper, [(wanted, found)], by)
    return made


async def _faults_of_use(conn: AsyncConnection, paper: Paper, wanted: Wanted) -> list[FieldError]:
    """What is written on is not blank: only its way before that can be entered afterwards."""
    if wanted.kind in ("found", "restored"):
        return []
    passing = wanted.kind in rules.REVIEWED
    to = wanted.to.collector_id if wanted.to is not None and passing else None
    some = await store.used(conn, paper, wanted.numbers, wanted.at if passing else None, to)
    return [
        FieldError(
            "#/first_no",
            f"{one.voucher_no} was used by collector {one.collector_id}; leave it out, or give the instant"
            " before that at which the paper was handed over.",
            f"{one.voucher_no} 已由收缴点 {one.collector_id} 使用；请剔除，或填写使用之前的实际交接时间。",
        )
        for one in some
    ]


async def _faults_of_day(
    conn: AsyncConnection, paper: Paper, wanted: Wanted, found: Sequence[Kept]
) -> list[FieldError]:
    """What was written off stays as it was: nothing is entered as having happened before."""
    holder = found[0].holder if found else wanted.to
    assert holder is not None, "numbers without a holder are given one"
    days = [
        one.up_to
        for one in await store.frozen(conn, paper)
        if holder.division_code.startswith(prefix_of(one.division_code))
    ]
    if not days or business_date(wanted.at) > max(days):
        return []
    return [
        FieldError(
            "#/at",
            f"The paper is written off up to {max(days)}: give an instant after that day.",
            f"截至 {max(days)} 的票据已核销：请填写该日之后的时间。",
        )
    ]


async def carry_out(
    conn: AsyncConnection,
    paper: Paper,
    moves: Sequence[tuple[Wanted, Sequence[Kept]]],
    by: By,
    writeoff_id: int | None = None,
) -> list[Move]:
    """Write moves that nothing stands in the way of, each with the stretches that have its numbers now."""
    ids = await store.move_ids(conn, len(moves))
    made = [
        _written(paper, move_id, wanted, found, by, writeoff_id)
        for move_id, (wanted, found) in zip(ids, moves, strict=True)
    ]
    touched: dict[int, Kept] = {}
    parts: dict[int, list[tuple[int, Wanted]]] = defaultdict(list)
    begun: list[Stretch] = []
    for move_id, (wanted, found) in zip(ids, moves, strict=True):
        if not found:
            begun.append(_new(move_id, wanted))
        for one in found:
            touched[one.stretch_id] = one
            parts[one.stretch_id].append((move_id, wanted))
    for one in touched.values():
        begun += rules.cut(one, parts[one.stretch_id])
    await store.write(conn, paper, made, list(touched.values()), begun)
    await cases.open_cases(conn, [_lost(one) for one in made if one.kind == "lost"])
    for cause in {one.move_id for one in touched.values() if one.state == "lost"}:
        if not await store.still_lost(conn, cause):
            await cases.close_cases(conn, [Gone(VOUCHER_LOST.code, _subject(cause))], by.now, "found again")
    return made


async def find_again(conn: AsyncConnection, receipt_id: int, by: By) -> None:
    """Have lost numbers of a receipt that counts be their holder's from the instant on the paper."""
    for one in await store.lost_on(conn, receipt_id):
        paper, numbers = Paper(one.county, one.voucher), Numbers(one.series, one.serial, one.serial)
        await store.hold(conn, paper, alone=True)
        found = await store.stretches(conn, paper, numbers)
        at = max(one.paid_at, *(kept.from_at for kept in found))
        await carry_out(conn, paper, [(Wanted("found", numbers, at), found)], by)


def _new(move_id: int, wanted: Wanted) -> Stretch:
    """Numbers that come into the books."""
    assert wanted.to is not None, "what is received has somebody who got it"
    numbers = wanted.numbers
    return Stretch(
        series=numbers.series,
        first_serial=numbers.first_serial,
        last_serial=numbers.last_serial,
        division_code=wanted.to.division_code,
        collector_id=None,
        state="held",
        from_at=wanted.at,
        until_at=None,
        move_id=move_id,
        book_id=move_id,
    )


def _written(
    paper: Paper, move_id: int, wanted: Wanted, found: Sequence[Kept], by: By, writeoff_id: int | None
) -> Move:
    holder = found[0].holder if found else None
    to = wanted.to or holder
    assert to is not None, "numbers without a holder are given one"
    return Move(
        move_id=move_id,
        kind=wanted.kind,
        county=paper.county,
        voucher=paper.voucher,
        series=wanted.numbers.series,
        first_serial=wanted.numbers.first_serial,
        last_serial=wanted.numbers.last_serial,
        from_division_code=holder.division_code if holder else None,
        from_collector_id=holder.collector_id if holder else None,
        from_state=found[0].state if found else None,
        to_division_code=to.division_code,
        to_collector_id=to.collector_id,
        to_state=wanted.after,
        reason=by.reason,
        writeoff_id=writeoff_id,
        at=wanted.at,
        entered_at=by.now,
        entered_by=by.subject,
    )


def _subject(move_id: int) -> str:
    return f"voucher-moves/{move_id}"


def _lost(made: Move) -> NewCase:
    numbers = Numbers(made.series, made.first_serial, made.last_serial)
    return NewCase(
        kind=VOUCHER_LOST.code,
        subject=_subject(made.move_id),
        owner=VOUCHER_LOST.owner,
        proposed=VOUCHER_LOST.steps[0].code,
        opened_at=made.entered_at,
        evidence={
            "voucher": made.voucher,
            "first_no": numbers.first_no,
            "last_no": numbers.last_no,
            "collector_id": made.from_collector_id,
        },
        county=made.county,
        division_code=made.from_division_code,
    )
