"""Where the money of one payment line lies, played fact by fact, and out of what it goes."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from libs.common.events.collection import (
    AddOnReceived,
    PaymentReceived,
    PaymentReturned,
    PaymentSuspended,
    PaymentTakenBack,
    RepairReceived,
)
from libs.common.events.subsidy import RefundSettled
from services.ledger.accounts import rules as accounts
from services.ledger.postings.kinds import Kind
from services.ledger.postings.rules import Leg, Season, add_on_accounts, channel_of, season_of

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
    Kind.REFUND_ON_ITS_WAY,
    Kind.REFUND_OF_ADD_ON,
    Kind.REFUND_OF_REPAIR,
    Kind.REPAIR_GIVEN_BACK,
    Kind.REFUND_RETURNED,
    Kind.RETURNED_OF_CONTRIBUTION,
    Kind.RETURNED_OF_SUSPENSE,
    Kind.RETURNED_OF_ADD_ON,
    Kind.RETURNED_OF_REPAIR,
    Kind.RETURNED_DRAWN,
    Kind.UNAPPLIED,
    Kind.UNAPPLIED_HELD,
    Kind.ADD_ON_UNAPPLIED,
    Kind.REPAIR_UNAPPLIED,
)


@dataclass(slots=True)
class _Pool:
    """Money of a line that can be given back. `leg` says in which books, of whom; `place` where it lies.

    `account` is out of which it goes, or of a repaired year whose it is: that money lies where a contribution
    does. What is `on_its_way` has left the fund, though nobody has said that it arrived.
    """

    leg: Leg
    kind: Kind
    account: str
    left_fen: int
    place: str = ""
    on_its_way: bool = False


class Money:
    """Where the money of one line is, played fact by fact."""

    def __init__(self) -> None:
        self.needs: Needs = Counter()
        self._home: Leg | None = None
        self._suspense: list[_Pool] = []
        self._applied: list[_Pool] = []
        self._unfunded_fen = 0
        self._lost_before: list[tuple[PaymentReturned, int]] = []
        self._unapplied_before: list[tuple[PaymentTakenBack, int]] = []

    def suspend(self, fact: PaymentSuspended) -> None:
        """Money waits in suspense."""
        self._home = _leg(season_of(fact), fact)
        self._keep(self._home, fact.amount_fen, accounts.clearing(channel_of(fact)))

    def apply(self, fact: PaymentReceived) -> None:
        """Money becomes a contribution and add-on; what was in suspense elsewhere comes to these books."""
        leg = self._come_home(fact, fact.own_fen + fact.add_on_fen)
        fund = accounts.SPECIAL_FISCAL_ACCOUNT
        self._applied.append(_Pool(leg, Kind.REFUND_OF_CONTRIBUTION, fund, fact.own_fen))
        for account, fen in add_on_accounts(fact):
            self._applied.append(_Pool(leg, Kind.REFUND_OF_ADD_ON, account, fen))

    def buy(self, fact: AddOnReceived) -> None:
        """Money becomes an add-on by itself."""
        leg = self._come_home(fact, fact.amount_fen)
        self._applied.append(_Pool(leg, Kind.REFUND_OF_ADD_ON, accounts.add_on(fact.payee), fact.amount_fen))

    def repair(self, fact: RepairReceived) -> None:
        """Money repairs a lapsed year."""
        leg = self._come_home(fact, fact.amount_fen)
        account = accounts.repair(fact.repaired_year)
        self._applied.append(_Pool(leg, Kind.REFUND_OF_REPAIR, account, fact.amount_fen))

    def _come_home(self, fact: PaymentReceived | AddOnReceived | RepairReceived, wanted_fen: int) -> Leg:
        """Say in which books the money of a line is from now on; take it there, where it waited in others."""
        leg = self._home = _leg(season_of(fact), fact)
        if fact.from_suspense:
            for pool, taken_fen in self._take(self._suspense, wanted_fen):
                self._relocate(pool.leg, Kind.SUSPENSE_RELOCATED, leg.season, taken_fen)
                self._relocate_held(pool, leg.season, taken_fen)
        return leg

    def unapply(self, fact: PaymentTakenBack) -> None:
        """Money that had been applied waits in suspense again."""
        self._unapplied_before.append((fact, self._unapply(fact, fact.amount_fen)))

    def _unapply(self, fact: PaymentTakenBack, wanted_fen: int) -> int:
        """Take money out of its use, the channel has it as before; give how much of it was not there."""
        clearing = accounts.clearing(channel_of(fact))
        for pool, taken_fen in list(self._take(self._applied, wanted_fen)):
            wanted_fen -= taken_fen
            if pool.kind == Kind.REFUND_OF_CONTRIBUTION:
                self._need(pool.leg, Kind.UNAPPLIED, clearing, accounts.SUSPENSE, taken_fen)
                self._need(pool.leg, Kind.UNAPPLIED_HELD, accounts.HELD, clearing, taken_fen)
            elif pool.kind == Kind.REFUND_OF_REPAIR:
                self._need(pool.leg, Kind.REPAIR_UNAPPLIED, clearing, accounts.SUSPENSE, taken_fen)
                self._need(pool.leg, Kind.UNAPPLIED_HELD, accounts.HELD, clearing, taken_fen)
                self._give_back(pool, taken_fen)
            else:
                self._need(pool.leg, Kind.ADD_ON_UNAPPLIED, pool.account, accounts.SUSPENSE, taken_fen)
            self._keep(pool.leg, taken_fen, clearing)
        return wanted_fen

    def refund(self, fact: RefundSettled) -> None:
        """Money is given back: what is in suspense first, then what was applied. The rest stays a debt.

        What is left of a contribution that ends with it is on its way, and no more with the fund.
        """
        left_fen = fact.amount_fen
        for pool, taken_fen in self._take((*self._suspense, *self._applied), fact.amount_fen):
            left_fen -= taken_fen
            repair = pool.kind == Kind.REFUND_OF_REPAIR
            source = accounts.SPECIAL_FISCAL_ACCOUNT if repair else pool.account
            self._need(pool.leg, pool.kind, source, accounts.REFUNDS, taken_fen)
            if repair:
                self._give_back(pool, taken_fen)
            elif pool.kind != Kind.REFUND_OF_CONTRIBUTION:
                self._need(pool.leg, Kind.REFUND_DRAWN, _DRAWN_FROM, accounts.HELD, taken_fen)
            self._relocate(pool.leg, Kind.REFUND_RELOCATED, season_of(fact), taken_fen)
        self._unfunded_fen += left_fen
        self._send(fact.on_its_way_fen)

    def _send(self, amount_fen: int) -> None:
        """What is left of a contribution goes back, though the bank has not answered for it.

        It is the first to be taken then: what else is left is help that the fund returns to its payer.
        """
        contributions = [pool for pool in self._applied if pool.kind == Kind.REFUND_OF_CONTRIBUTION]
        for pool, taken_fen in list(self._take(contributions, amount_fen)):
            self._need(pool.leg, *_ON_ITS_WAY, taken_fen)
            self._applied.insert(0, replace(pool, left_fen=taken_fen, on_its_way=True))

    def lose(self, fact: PaymentReturned) -> None:
        """The channel no longer has the money, whatever it was."""
        self._lost_before.append((fact, self._lose(fact, fact.amount_fen)))

    def take_what_came_later(self) -> None:
        """Take what by its date was gone, or out of use, before it came: it is so all the same."""
        for taken_back, left_fen in self._unapplied_before:
            self._unapply(taken_back, left_fen)
        for fact, left_fen in self._lost_before:
            self._lose(fact, left_fen)

    def _lose(self, fact: PaymentReturned, wanted_fen: int) -> int:
        """Take money off the channel; give how much of it was not there."""
        clearing = accounts.clearing(channel_of(fact))
        for pool, taken_fen in self._take((*self._suspense, *self._applied), wanted_fen):
            wanted_fen -= taken_fen
            if pool.kind == Kind.REFUND_OF_CONTRIBUTION:
                self._need(pool.leg, Kind.RETURNED_OF_CONTRIBUTION, clearing, accounts.REFUNDS, taken_fen)
            elif pool.kind == Kind.REFUND_OF_REPAIR:
                self._need(pool.leg, Kind.RETURNED_OF_REPAIR, clearing, accounts.REFUNDS, taken_fen)
                self._give_back(pool, taken_fen)
            else:
                self._need(pool.leg, _RETURNED[pool.kind], pool.account, accounts.HELD, taken_fen)
                self._need(pool.leg, Kind.RETURNED_DRAWN, clearing, accounts.REFUNDS, taken_fen)
            self._relocate(pool.leg, Kind.REFUND_RELOCATED, season_of(fact), taken_fen)
        return wanted_fen

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

    def _give_back(self, pool: _Pool, amount_fen: int) -> None:
        """Of a repaired year it shows in the account of the year, too, that its money is there no more."""
        self._need(pool.leg, Kind.REPAIR_GIVEN_BACK, accounts.RESIDENTS, pool.account, amount_fen)

    def _take(self, pools: Iterable[_Pool], wanted_fen: int) -> Iterator[tuple[_Pool, int]]:
        """Take money from one pool after the other, as far as there is; how much from which."""
        for pool in pools:
            taken_fen = min(pool.left_fen, wanted_fen)
            if taken_fen:
                if pool.on_its_way:
                    self._need(pool.leg, *_ON_ITS_WAY, -taken_fen)
                pool.left_fen -= taken_fen
                wanted_fen -= taken_fen
                yield pool, taken_fen

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
_ON_ITS_WAY = (Kind.REFUND_ON_ITS_WAY, accounts.SPECIAL_FISCAL_ACCOUNT, accounts.REFUNDS)
_RETURNED = {
    Kind.REFUND_OF_SUSPENSE: Kind.RETURNED_OF_SUSPENSE,
    Kind.REFUND_OF_ADD_ON: Kind.RETURNED_OF_ADD_ON,
}
_RELOCATED_ACCOUNT = {
    Kind.SUSPENSE_RELOCATED: accounts.SUSPENSE,
    Kind.REFUND_RELOCATED: accounts.REFUNDS,
}


def _leg(season: Season, fact: PaymentReceived | PaymentSuspended | AddOnReceived | RepairReceived) -> Leg:
    return Leg(
        season, "", "", "", 0,
        person_id=fact.person_id, division_code=fact.division_code, channel=channel_of(fact),
    )  # fmt: skip
