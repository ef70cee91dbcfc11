"""Where the money of a payment line is, and out of which account it is given back or applied.

A line may be suspended, applied, refunded, returned by the bank and applied again, by facts of two services
that overtake one another. What is known of a line is played again in the order in which it happened (the time
of its events); a fact posts the difference between what the line needs before and after it is known.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from libs.common.events.collection import PaymentReceived, PaymentSuspended
from libs.common.events.subsidy import RefundSettled
from services.ledger.accounts import rules as accounts
from services.ledger.postings.rules import Kind, Leg, Season, season_of

LineFact = PaymentReceived | PaymentSuspended | RefundSettled
LineKey = tuple[int, int]

#: What a line needs beyond the legs that each fact posts by itself: legs without amount -> signed fen.
Needs = Counter[Leg]

#: The kinds of posting that only these needs have.
KINDS = (
    Kind.SUSPENSE_RELOCATED,
    Kind.HELD_RELOCATED,
    Kind.REFUND_RELOCATED,
    Kind.REFUND_DRAWN,
    Kind.REFUND_OF_SUSPENSE,
    Kind.REFUND_OF_CONTRIBUTION,
    Kind.REFUND_OF_ADD_ON,
    Kind.REFUND_RETURNED,
)

#: Of facts of the same instant, money comes before it is used.
_RANK = {PaymentSuspended: 0, PaymentReceived: 1, RefundSettled: 2}


class Happened(NamedTuple):
    """A fact of a line and when it took effect."""

    at: datetime
    rank: int
    again: bool
    attempt: int
    outcome: str
    fact: LineFact


@dataclass(frozen=True, slots=True)
class LinePosition:
    """What is known of one payment line, in the order in which it happened."""

    history: tuple[Happened, ...] = ()

    def with_fact(self, fact: LineFact, at: datetime) -> "LinePosition":
        """Know one more fact of this line."""
        refund = fact if isinstance(fact, RefundSettled) else None
        happened = Happened(
            at,
            _RANK[type(fact)],
            getattr(fact, "from_suspense", False),
            refund.attempt if refund else 0,
            refund.outcome if refund else "",
            fact,
        )
        return LinePosition(tuple(sorted((*self.history, happened), key=lambda one: one[:5])))


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
    money = _Money()
    for happened in line.history:
        fact = happened.fact
        if isinstance(fact, PaymentSuspended):
            money.suspend(fact)
        elif isinstance(fact, PaymentReceived):
            money.apply(fact)
        elif fact.outcome == "paid":
            money.refund(fact)
        elif fact.outcome == "returned":
            money.take_back(fact)
    return money.needs


@dataclass(slots=True)
class _Pool:
    """Money of a line that can be given back. `leg` says in which books, of whom; `place` where it lies."""

    leg: Leg
    kind: Kind
    account: str
    left_fen: int
    place: str = ""


class _Money:
    """Where the money of one line is, played fact by fact."""

    def __init__(self) -> None:
        self.needs: Needs = Counter()
        self._home: Leg | None = None
        self._suspense: list[_Pool] = []
        self._applied: list[_Pool] = []
        self._unfunded_fen = 0

    def suspend(self, fact: PaymentSuspended) -> None:
        """Money waits in suspense."""
        self._home = _leg(season_of(fact), fact)
        self._keep(self._home, fact.amount_fen, accounts.clearing(fact.channel))

    def apply(self, fact: PaymentReceived) -> None:
        """Money becomes a contribution and add-on; what was in suspense elsewhere comes to these books."""
        leg = self._home = _leg(season_of(fact), fact)
        if fact.from_suspense:
            wanted_fen = fact.own_fen + fact.add_on_fen
            for pool in self._suspense:
                taken_fen = min(pool.left_fen, wanted_fen)
                pool.left_fen -= taken_fen
                wanted_fen -= taken_fen
                self._relocate(pool.leg, Kind.SUSPENSE_RELOCATED, leg.season, taken_fen)
                self._relocate_held(pool, leg.season, taken_fen)
        fund = accounts.SPECIAL_FISCAL_ACCOUNT
        self._applied.append(_Pool(leg, Kind.REFUND_OF_CONTRIBUTION, fund, fact.own_fen))
        self._applied.append(_Pool(leg, Kind.REFUND_OF_ADD_ON, accounts.ADD_ON, fact.add_on_fen))

    def refund(self, fact: RefundSettled) -> None:
        """Money is given back: what is in suspense first, then what was applied. The rest stays a debt."""
        wanted_fen = fact.amount_fen
        for pool in (*self._suspense, *self._applied):
            taken_fen = min(pool.left_fen, wanted_fen)
            if taken_fen:
                pool.left_fen -= taken_fen
                wanted_fen -= taken_fen
                self._need(pool.leg, pool.kind, pool.account, accounts.REFUNDS, taken_fen)
                if pool.kind != Kind.REFUND_OF_CONTRIBUTION:
                    self._need(pool.leg, Kind.REFUND_DRAWN, _DRAWN_FROM, accounts.HELD, taken_fen)
                self._relocate(pool.leg, Kind.REFUND_RELOCATED, season_of(fact), taken_fen)
        self._unfunded_fen += wanted_fen

    def take_back(self, fact: RefundSettled) -> None:
        """A refund came back from the bank: the money waits in suspense, whatever it was before."""
        if self._home is None:
            return  # nothing was taken from anywhere
        settled_fen = min(self._unfunded_fen, fact.amount_fen)
        self._unfunded_fen -= settled_fen
        back_fen = fact.amount_fen - settled_fen
        if back_fen:
            self._need(self._home, Kind.REFUND_RETURNED, accounts.REFUNDS, accounts.SUSPENSE, back_fen)
            self._need(self._home, Kind.REFUND_DRAWN, _DRAWN_FROM, accounts.HELD, -back_fen)
            self._relocate(self._home, Kind.REFUND_RELOCATED, season_of(fact), -back_fen)
            self._keep(self._home, back_fen, _DRAWN_FROM)

    def _keep(self, leg: Leg, amount_fen: int, place: str) -> None:
        pool = _Pool(leg, Kind.REFUND_OF_SUSPENSE, accounts.SUSPENSE, amount_fen, place)
        self._suspense.append(pool)

    def _need(self, leg: Leg, kind: Kind, source: str, destination: str, amount_fen: int) -> None:
        self.needs[leg._replace(kind=kind, source=source, destination=destination)] += amount_fen

    def _relocate(self, leg: Leg, kind: Kind, to: Season, amount_fen: int) -> None:
        """Move a balance from the books of `leg` to other books (from there, if negative)."""
        if leg.season != to and amount_fen:
            away = leg._replace(kind=kind, source=_RELOCATED_ACCOUNT[kind], destination=accounts.ELSEWHERE)
            self.needs[away] += amount_fen
            self.needs[away._replace(season=to)] -= amount_fen

    def _relocate_held(self, pool: _Pool, to: Season, amount_fen: int) -> None:
        """Let the place of money in suspense belong to other books too."""
        if pool.leg.season != to and amount_fen:
            away = pool.leg._replace(kind=Kind.HELD_RELOCATED, source=pool.place, destination=accounts.HELD)
            self.needs[away] += amount_fen
            self.needs[away._replace(season=to)] -= amount_fen


#: Finance gives money back out of its account, whether the channel has settled it yet or not.
_DRAWN_FROM = accounts.SPECIAL_FISCAL_ACCOUNT
_RELOCATED_ACCOUNT = {
    Kind.SUSPENSE_RELOCATED: accounts.SUSPENSE,
    Kind.REFUND_RELOCATED: accounts.REFUNDS,
}


def _leg(season: Season, fact: PaymentReceived | PaymentSuspended) -> Leg:
    return Leg(
        season, "", "", "", 0,
        person_id=fact.person_id, division_code=fact.division_code, channel=fact.channel,
    )  # fmt: skip
