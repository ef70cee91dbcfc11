"""Answers "out of which account is a payment line given back or applied?".

A line may be suspended, applied and refunded by facts that overtake one another. All that is known of a line
is folded into one position; a fact posts the difference between what the line needs before and after it.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from libs.common.events.collection import PaymentReceived, PaymentSuspended
from libs.common.events.subsidy import RefundSettled
from services.ledger.accounts import rules as accounts
from services.ledger.postings.rules import Kind, Leg, Place, place_of

LineFact = PaymentReceived | PaymentSuspended | RefundSettled
LineKey = tuple[int, int]

#: What a line needs beyond the legs that each fact posts by itself: legs without amount -> signed fen.
Needs = Counter[Leg]


@dataclass(frozen=True, slots=True)
class LinePosition:
    """What is known of one payment line. `refunds`: net fen given back, by the books of the refund."""

    suspended: PaymentSuspended | None = None
    received: PaymentReceived | None = None
    refunds: tuple[tuple[Place, int], ...] = ()

    def with_fact(self, fact: LineFact) -> "LinePosition":
        """Know one more fact of this line."""
        if isinstance(fact, PaymentSuspended):
            return replace(self, suspended=fact)
        if isinstance(fact, PaymentReceived):
            return replace(self, received=fact)
        if fact.outcome == "failed":
            return self
        given_back = fact.amount_fen if fact.outcome == "paid" else -fact.amount_fen
        totals = Counter(dict(self.refunds))
        totals[place_of(fact)] += given_back
        return replace(self, refunds=tuple(sorted(totals.items())))


NOTHING_KNOWN = LinePosition()


def line_legs(before: LinePosition, after: LinePosition) -> Iterator[Leg]:
    """Post by how much the needs of a line change."""
    had, needs = needs_of(before), needs_of(after)
    for leg in sorted(had.keys() | needs.keys(), key=repr):
        change = needs[leg] - had[leg]
        if change:
            changed = leg._replace(amount_fen=abs(change))
            yield changed if change > 0 else changed.mirrored()


def needs_of(line: LinePosition) -> Needs:
    """Work out which legs a line needs because of facts that belong together."""
    needs: Needs = Counter()
    received, suspended = line.received, line.suspended
    if received and received.from_suspense and suspended:
        amount_fen = received.own_fen + received.add_on_fen
        here, there = place_of(suspended), place_of(received)
        _relocate(needs, _leg(here, suspended), Kind.SUSPENSE_RELOCATED, there, amount_fen)
    pools = _pools(line)
    for place, amount_fen in line.refunds:
        _fund_refund(needs, pools, place, amount_fen)
    return needs


@dataclass(slots=True)
class _Pool:
    """Money of a line that a refund can be taken from. `leg` says in which books, of whom."""

    leg: Leg
    kind: Kind
    account: str
    left_fen: int


def _pools(line: LinePosition) -> list[_Pool]:
    """List what is left of a line, in the order in which refunds take it: suspense, fund, add-ons."""
    pools = []
    received, suspended = line.received, line.suspended
    if suspended:
        used_fen = received.own_fen + received.add_on_fen if received and received.from_suspense else 0
        leg = _leg(place_of(suspended), suspended)
        kind = Kind.REFUND_OF_SUSPENSE
        pools.append(_Pool(leg, kind, accounts.SUSPENSE, max(suspended.amount_fen - used_fen, 0)))
    if received:
        leg, fund = _leg(place_of(received), received), accounts.SPECIAL_FISCAL_ACCOUNT
        pools.append(_Pool(leg, Kind.REFUND_OF_CONTRIBUTION, fund, received.own_fen))
        pools.append(_Pool(leg, Kind.REFUND_OF_ADD_ON, accounts.ADD_ON, received.add_on_fen))
    return pools


def _fund_refund(needs: Needs, pools: list[_Pool], place: Place, amount_fen: int) -> None:
    """Take a refund out of the pools; what they cannot give stays as a negative balance of `refunds`."""
    for pool in pools:
        taken_fen = min(amount_fen, pool.left_fen)
        if taken_fen > 0:
            pool.left_fen -= taken_fen
            amount_fen -= taken_fen
            needs[pool.leg._replace(kind=pool.kind, source=pool.account, destination=accounts.REFUNDS)] += (
                taken_fen
            )
            _relocate(needs, pool.leg, Kind.REFUND_RELOCATED, place, taken_fen)


def _relocate(needs: Needs, leg: Leg, kind: Kind, to: Place, amount_fen: int) -> None:
    """Move a balance from the books of `leg` to other books."""
    if leg.place != to:
        away = leg._replace(kind=kind, source=_RELOCATED_ACCOUNT[kind], destination=accounts.ELSEWHERE)
        needs[away] += amount_fen
        needs[away._replace(place=to)] -= amount_fen


_RELOCATED_ACCOUNT = {
    Kind.SUSPENSE_RELOCATED: accounts.SUSPENSE,
    Kind.REFUND_RELOCATED: accounts.REFUNDS,
}


def _leg(place: Place, fact: PaymentReceived | PaymentSuspended) -> Leg:
    return Leg(
        place, "", "", "", 0,
        person_id=fact.person_id, division_code=fact.division_code, channel=fact.channel,
    )  # fmt: skip
