"""Answers "which lines does a payment have, and who is meant by each?": one line per insured person named.

Pure: what the channel said, the order it names and the dues that were found go in; decisions come out.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.collection.channels.port import PaymentClaim
from services.collection.matching.rules import Due, Reason, Verdict, adds_up, after_expiry, judge


@dataclass(frozen=True, slots=True)
class Named:
    """A person as a payment names one. Without `identity_digest` the number cannot be anybody's."""

    identity_digest: str | None
    name_digest: str | None
    masked_id: str | None
    masked_name: str | None


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One person of an order, as far as a payment for it needs to know."""

    person_id: int
    amount_fen: int
    masked_name: str | None


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order that a payment names. It lapses when it expires or is cancelled."""

    order_no: str
    county: str
    coverage_year: int
    division_code: str
    amount_fen: int
    lapses_at: datetime
    lines: tuple[OrderLine, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One part of a payment that is to be judged. `again`: it is in suspense and is judged anew."""

    payment_id: int
    line_no: int
    channel: str
    transaction_no: str
    amount_fen: int
    paid_at: datetime
    received_at: datetime
    occurred_at: datetime
    county: str | None = None
    coverage_year: int | None = None
    named: Named = field(default_factory=lambda: Named(None, None, None, None))
    person_id: int | None = None
    doubt: Reason | None = None
    order_lapsed: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a line goes; `due` is whose money it is, as far as that is known."""

    line: Line
    due: Due | None
    verdict: Verdict


class Dues:
    """The dues that a batch of lines may concern, found by identity or by person."""

    def __init__(self, found: Iterable[tuple[str | None, Due]]) -> None:
        self._by_digest: dict[str, list[Due]] = defaultdict(list)
        self._by_person: dict[int, list[Due]] = defaultdict(list)
        for digest, due in found:
            if digest is not None:
                self._by_digest[digest].append(due)
            self._by_person[due.person_id].append(due)

    def of(self, line: Line) -> tuple[Due | None, bool]:
        """Find the due that a line is for; else one of the same person for another year, and True."""
        if line.person_id is not None:
            known = self._by_person.get(line.person_id, ())
        else:
            known = self._by_digest.get(line.named.identity_digest or "", ())
        here = [due for due in known if due.county == line.county]
        exact = [due for due in here if due.coverage_year == line.coverage_year]
        if exact:
            # Enrolled, cancelled and enrolled again: the one that stands, else the newest.
            return max(exact, key=lambda due: (due.state != "cancelled", due.enrollment_id)), False
        return (max(here, key=lambda due: due.coverage_year), True) if here else (None, False)

    def people(self) -> list[tuple[int, int]]:
        """Every (coverage year, person), in order."""
        found = {(due.coverage_year, due.person_id) for dues in self._by_person.values() for due in dues}
        return sorted(found)


def split(base: Line, claim: PaymentClaim, named: Sequence[Named], order: Ordered | None) -> list[Line]:
    """Make the lines of a new payment: one per item, or per person of the order, or one doubtful whole."""
    base = replace(base, county=claim.county, coverage_year=claim.coverage_year)
    if order is not None and not claim.items:
        base = replace(base, county=order.county, coverage_year=order.coverage_year)
    lapsed = order is not None and claim.paid_at >= order.lapses_at
    if claim.doubt is not None:
        return [_whole(base, claim, named, Reason(claim.doubt))]
    if claim.order_no is not None and order is None:
        return [_whole(base, claim, named, Reason.UNKNOWN_ORDER)]
    if claim.items:
        if not adds_up(claim.amount_fen, [item.amount_fen for item in claim.items]):
            return [_whole(base, claim, named, Reason.WRONG_AMOUNT)]
        return [
            replace(base, line_no=no, amount_fen=item.amount_fen, named=who, order_lapsed=lapsed)
            for no, (item, who) in enumerate(zip(claim.items, named, strict=True), start=1)
        ]
    assert order is not None, "a claim has items or an order"
    if order.amount_fen != claim.amount_fen:
        return [_whole(base, claim, named, Reason.WRONG_AMOUNT)]
    return [
        replace(
            base,
            line_no=no,
            amount_fen=part.amount_fen,
            person_id=part.person_id,
            named=Named(None, None, None, part.masked_name),
            order_lapsed=lapsed,
        )
        for no, part in enumerate(order.lines, start=1)
    ]


def _whole(base: Line, claim: PaymentClaim, named: Sequence[Named], reason: Reason) -> Line:
    """Keep the payment in one piece; of a payment for one person it is known whose it probably is."""
    who = named[0] if len(named) == 1 else base.named
    return replace(base, line_no=1, amount_fen=claim.amount_fen, named=who, doubt=reason)


def decide(lines: Sequence[Line], dues: Dues, paid: Mapping[tuple[int, int], int]) -> list[Decision]:
    """Judge lines in order; `paid` has every (coverage year, person) paid for before this batch."""
    taken = set(paid)
    decisions = []
    for line in lines:
        due, verdict = _judge_line(line, dues, taken)
        if verdict.segment is not None and due is not None:
            taken.add((due.coverage_year, due.person_id))
        decisions.append(Decision(line, due, verdict))
    return decisions


def _judge_line(line: Line, dues: Dues, taken: set[tuple[int, int]]) -> tuple[Due | None, Verdict]:
    due, other_year = dues.of(line)
    if line.doubt is not None:
        return due, Verdict(reason=line.doubt)
    if due is None:
        return None, Verdict(reason=Reason.UNKNOWN_PERSON)
    if other_year:
        return due, Verdict(reason=Reason.WRONG_YEAR)
    if line.named.name_digest is not None and line.named.name_digest != due.name_digest:
        return due, Verdict(reason=Reason.NAME_MISMATCH)
    paid = due.state == "paid" or (due.coverage_year, due.person_id) in taken
    verdict = judge(due, line.amount_fen, line.paid_at, paid=paid)
    if line.order_lapsed and verdict.reason is not None:
        verdict = Verdict(reason=after_expiry(verdict.reason))
    return due, verdict
