"""Says which lapsed years money repairs that a collector took, and how much of it; or why it cannot."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import business_date
from libs.common.money import yuan_decimals
from libs.common.security.digests import Digests
from libs.common.web.problems import FieldError
from services.collection.cash.looking import Desk
from services.collection.cash.rules import ReceiptItem, TakenMoney
from services.collection.dues import store as dues_store
from services.collection.matching.rules import Dues, Line, Named, person_year
from services.collection.repairs import store as repairs_store
from services.collection.repairs.rules import NOTHING_TO_REPAIR, RepairsKnown, repairing, whose_repairs

_UNKNOWN = (
    "Nobody of this number and name is enrolled here for the year: no lapsed year can be repaired.",
    "本县本年度查无此证件号码和姓名的参保登记，不能补缴断保年度。",
)


@dataclass(frozen=True, slots=True)
class Repaired:
    """Lapsed years that a part of a receipt repairs, and what all of them cost."""

    years: tuple[int, ...] = ()
    fen: int = 0


#: A part that repairs nothing.
NOTHING = Repaired()
_Asked = tuple[str, TakenMoney, ReceiptItem, Line]


async def repairs_of(
    conn: AsyncConnection,
    digests: Digests,
    desk: Desk,
    taken: Sequence[TakenMoney],
    pointers: Sequence[str],
    people: Mapping[str, str],
) -> tuple[dict[str, Repaired], list[FieldError]]:
    """By where each part stands, what it repairs; and what is wrong so. `people` are digests of numbers.

    A part counts on those before it: who is paid for there, and what is repaired.
    """
    asked = list(_asked(digests, desk, taken, pointers, people))
    if not any(item.repair_years for _, _, item, _ in asked):
        return {}, []
    found = Dues(await dues_store.found(conn, sorted(set(people.values())), []))
    known = RepairsKnown(await repairs_store.standing(conn, whose_repairs(found.all())))
    repaired: dict[str, Repaired] = {}
    faults = []
    for at, money, item, line in asked:
        got, fault = _judge(desk, found, known, money, item, line)
        if fault is not None:
            faults.append(FieldError(f"{at}/{fault[0]}", *fault[1]))
        elif got.years:
            repaired[at] = got
    return repaired, faults


def _asked(
    digests: Digests,
    desk: Desk,
    taken: Sequence[TakenMoney],
    pointers: Sequence[str],
    people: Mapping[str, str],
) -> Iterator[_Asked]:
    """Each part of which the number can be somebody's, as it will be matched."""
    for at, money in zip(pointers, taken, strict=True):
        for no, item in enumerate(money.items):
            pointer = f"{at}/items/{no}"
            if (digest := people.get(f"{pointer}/id_number")) is None:
                continue
            line = Line(
                payment_id=0,
                line_no=no + 1,
                channel=desk.channel.code,
                transaction_no="",
                amount_fen=item.amount_fen,
                paid_at=money.paid_at,
                received_at=desk.now,
                occurred_at=desk.now,
                county=desk.collector.county,
                coverage_year=desk.notice.year,
                named=Named(digest, digests.name(item.name), None, None),
            )
            yield pointer, money, item, line


def _judge(
    desk: Desk, found: Dues, known: RepairsKnown, money: TakenMoney, item: ReceiptItem, line: Line
) -> tuple[Repaired, tuple[str, tuple[str, str]] | None]:
    due, other_year = found.of(line)
    if due is None or other_year or not due.is_named(line.named.name_digest, money.paid_at):
        return NOTHING, ("repair_years", _UNKNOWN) if item.repair_years else None
    whose = person_year(due)
    if not item.repair_years:
        if known.of(whose).paid_at is None:
            known.note_paid(whose, money.paid_at, None)
        return NOTHING, None
    possible = repairing(due, known.of(whose), money.paid_at)
    if possible is None:
        return NOTHING, ("repair_years", NOTHING_TO_REPAIR)
    years, why = possible.choose(item.repair_years, business_date(money.paid_at))
    if why is not None:
        return NOTHING, ("repair_years", why)
    fen = len(years) * possible.terms.each_fen
    words = _amount_words(item.amount_fen, fen, completed=possible.completed_on is not None)
    if words is not None:
        return NOTHING, ("amount_fen", words)
    if possible.completed_on is None:
        known.note_paid(whose, money.paid_at, None)
    for year in years:
        known.note_repaired(whose, year)
    return Repaired(years, fen), None


def _amount_words(amount_fen: int, repair_fen: int, *, completed: bool) -> tuple[str, str] | None:
    """Why the amount of a part cannot be right; whether the contribution is, matching judges as always."""
    yuan = yuan_decimals(repair_fen)
    if completed and amount_fen != repair_fen:
        return (
            f"The contribution is paid or covered already: these years cost {yuan} yuan.",
            f"当年已缴费或已免缴：补缴这些年度为 {yuan} 元。",
        )
    if not completed and amount_fen <= repair_fen:
        return (
            f"These years cost {yuan} yuan: take the contribution of the year with them.",
            f"补缴这些年度为 {yuan} 元：请与当年保费一并收取。",
        )
    return None
