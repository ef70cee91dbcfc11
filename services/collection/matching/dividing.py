"""The lines that a new payment falls into; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from operator import attrgetter

from services.collection.channels.port import ReportedItem, ReportedPayment
from services.collection.dues.rules import AS_REGISTERED
from services.collection.fitting.rules import Reason
from services.collection.matching.rules import Line, Named, Ordered, OrderLine


def adds_up(amount_fen: int, parts: Sequence[int]) -> bool:
    """Whether the parts make the whole, so that each may be judged by itself."""
    return sum(parts) == amount_fen


def split(base: Line, reported: ReportedPayment, named: Sequence[Named], order: Ordered | None) -> list[Line]:
    """Make the lines of a new payment: one per item, or per person of the order, or one doubtful whole."""
    base = replace(base, county=reported.county, coverage_year=reported.coverage_year)
    if order is not None and not reported.items:
        base = replace(base, county=order.county, coverage_year=order.coverage_year)
    lapsed = order is not None and reported.paid_at >= order.lapses_at
    if reported.doubt is not None:
        return [_whole(base, reported, named, Reason(reported.doubt))]
    if reported.order_no is not None and order is None:
        return [_whole(base, reported, named, Reason.UNKNOWN_ORDER)]
    if reported.items:
        if not adds_up(reported.amount_fen, [item.amount_fen for item in reported.items]):
            return [_whole(base, reported, named, Reason.WRONG_AMOUNT)]
        return sorted(
            _of_items(replace(base, order_lapsed=lapsed), reported.items, named), key=attrgetter("line_no")
        )
    assert order is not None, "a payment names items or an order"
    if order.amount_fen != reported.amount_fen:
        return [_whole(base, reported, named, Reason.WRONG_AMOUNT)]
    return list(_of_order(replace(base, order_lapsed=lapsed), order.lines))


def _of_items(base: Line, items: Sequence[ReportedItem], named: Sequence[Named]) -> Iterator[Line]:
    """The lines of each part: the first has the number of the part, as the paper for it has."""
    last = len(items)
    for number, (item, who) in enumerate(zip(items, named, strict=True), start=1):
        own_fen = item.amount_fen - item.repair_fen
        each_fen = item.repair_fen // max(len(item.repaired_years), 1)
        parts: list[tuple[int | None, int]] = [(year, each_fen) for year in item.repaired_years]
        if own_fen or not parts:
            parts.insert(0, (None, own_fen))
        numbers = [number, *range(last + 1, last + len(parts))]
        last += len(parts) - 1
        for line_no, (year, fen) in zip(numbers, parts, strict=True):
            part = replace(base, line_no=line_no, amount_fen=fen, named=who, repaired_year=year)
            yield part if item.person_id is None else replace(part, person_id=item.person_id)


def _of_order(base: Line, ordered: Sequence[OrderLine]) -> Iterator[Line]:
    """A line for each contribution that is paid, then one for each year that is repaired."""
    of_people = [
        replace(
            base,
            line_no=no,
            coverage_year=part.coverage_year,
            amount_fen=part.amount_fen,
            person_id=part.person_id,
            named=Named(None, None, None, part.masked_name),
            choice=part.choice,
        )
        for no, part in enumerate(ordered, start=1)
    ]
    yield from (one for one in of_people if one.amount_fen)
    number = len(ordered)
    for one, part in zip(of_people, ordered, strict=True):
        for year in part.repaired_years:
            number += 1
            each_fen = part.repair_fen // len(part.repaired_years)
            yield replace(one, line_no=number, amount_fen=each_fen, repaired_year=year, choice=AS_REGISTERED)


def _whole(base: Line, reported: ReportedPayment, named: Sequence[Named], reason: Reason) -> Line:
    """Keep the payment in one piece; of a payment for one person it is known whose it probably is."""
    who = named[0] if len(named) == 1 else base.named
    return replace(base, line_no=1, amount_fen=reported.amount_fen, named=who, doubt=reason)
