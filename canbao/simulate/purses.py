"""What the model has go to cards: help that people get back, in batches that a bank answers."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from canbao.simulate.life import BankAnswered, SentToBank
from canbao.simulate.outcomes import Help
from canbao.simulate.people import Payout, Person

_TO_CARD = "reimburse_to_card"


@dataclass
class Attempt:
    """One sum in one batch, and what the bank said of it last."""

    person: int
    payout: Payout
    #: Whether it gives money back.
    back: bool = False
    said: str | None = None
    #: The cases about it.
    asked: set[str] = field(default_factory=set)


@dataclass
class Purses:
    """Everything that is with the bank, or was."""

    people: Mapping[int, Person]
    batches: dict[int, list[Attempt]] = field(default_factory=dict)
    #: What the bank has said of each batch: the same file again changes nothing.
    files: set[tuple[int, tuple[tuple[int, str], ...]]] = field(default_factory=set)

    def tell(self, step: SentToBank | BankAnswered) -> None:
        """Send a batch, or take in what the bank says of one."""
        if isinstance(step, SentToBank):
            self._send(step.batch)
        else:
            self._answered(step)

    def _send(self, batch: int) -> None:
        """Send everything to the bank that may go. To an account that failed nothing goes again."""
        self.batches[batch] = []
        for number, person in self.people.items():
            for payout in _may_go(person):
                if payout.state == "due" or (payout.state == "failed" and payout.card != person.account):
                    payout.state, payout.card = "sent", person.account
                    back = payout not in person.payouts.values()
                    self.batches[batch].append(Attempt(number, payout, back))

    def _answered(self, step: BankAnswered) -> None:
        """Take in what the bank says of a batch. What contradicts its earlier word is a case."""
        # Two records that are one person by now have one person's money.
        said = {self.people[number]: outcome for number, outcome in step.said if number in self.people}
        named = [
            (place, one, said[self.people[one.person]])
            for place, one in enumerate(self.batches.get(step.batch, []))
            if self.people[one.person] in said and not (one.back and one.said is not None)
        ]
        # A refund that was paid does not come back here.
        file = tuple(
            (place, "failed" if one.back and outcome == "returned" else outcome)
            for place, one, outcome in named
        )
        if (step.batch, file) in self.files:
            return
        self.files.add((step.batch, file))
        for place, now in file:
            attempt = self.batches[step.batch][place]
            if attempt.said is None or (attempt.said, now) == ("paid", "returned"):
                attempt.said = now
                attempt.payout.state = "paid" if now == "paid" else "failed"
                if now == "paid":
                    _takes_again(self.people[attempt.person], attempt.payout)
            elif now != attempt.said:
                self._contradicts(self.people[attempt.person], attempt, now)

    def _contradicts(self, person: Person, attempt: Attempt, now: str) -> None:
        payout, kind = attempt.payout, "bank_contradiction"
        if now == "paid":
            attempt.said = now
            _takes_again(person, payout)
            if not payout.out and payout in person.payouts.values():
                payout.state = "paid"
                return
            kind = "paid_twice" if payout.out else "recovery"
        if kind not in attempt.asked:
            attempt.asked.add(kind)
            person.bank_cases.append(kind)


def _may_go(person: Person) -> list[Payout]:
    """Help is held while its ground is in doubt; refunds are not."""
    help_ = [] if person.causes else list(person.payouts.values())
    back = [one.payout for one in person.refunds if one.state == "approved" and one.payout is not None]
    return [*help_, *back] if person.account else []


def keep_up(person: Person, wanted: Sequence[Help]) -> None:
    """Bring what is to go to the card up to date. What has left stays as it is, whatever is wanted."""
    keyed = {(one.payer, one.late): one for one in wanted if one.mechanism == _TO_CARD}
    for key, payout in person.left:
        if not payout.out:
            # What failed for the record that ended goes to another account only.
            give_up(person, payout)
            person.payouts.setdefault(key, replace(payout))
    person.left = [one for one in person.left if one[1].out]
    out = out_fen(person)
    rest = {key: one.fen - out.get(key, 0) for key, one in keyed.items()}
    for (payer, late, number), payout in list(person.payouts.items()):
        if payout.out:
            continue
        if rest.get((payer, late), 0) == payout.fen:
            del rest[payer, late]
        else:
            give_up(person, person.payouts.pop((payer, late, number)))
    for (payer, late), fen in rest.items():
        if fen > 0:
            # What is due on top of what has left goes by itself.
            numbers = [place[2] for place in person.payouts if place[:2] == (payer, late)]
            new = Payout(fen, payer)
            if payer in person.refused:
                new.state, new.card = "failed", person.refused[payer]
            person.payouts[payer, late, max(numbers, default=0) + 1] = new


def give_up(person: Person, payout: Payout) -> None:
    """Forget what is no longer due, but not which card failed: nothing of its payer goes there again."""
    if payout.state == "failed":
        person.refused[payout.payer] = payout.card


def _takes_again(person: Person, payout: Payout) -> None:
    """The bank paid a sum to a card, which failed another one before."""
    if person.refused.get(payout.payer) == payout.card:
        del person.refused[payout.payer]


def out_fen(person: Person) -> dict[tuple[str, bool], int]:
    """How much has left, by payer and whether it was late."""
    found: dict[tuple[str, bool], int] = {}
    for (payer, late, _), payout in person.payouts.items():
        if payout.out:
            found[payer, late] = found.get((payer, late), 0) + payout.fen
    return found


def stuck_fen(person: Person, named: Collection[tuple[str, bool]]) -> int:
    """How much has left that nothing gives any more."""
    return sum(fen for key, fen in out_fen(person).items() if key not in named)


def held(person: Person, wanted: Iterable[Help]) -> list[Help]:
    """The help that somebody has: what is wanted, and of what has left no less than left."""
    out = out_fen(person)
    to_card = {(one.payer, one.late): one.fen for one in wanted if one.mechanism == _TO_CARD}
    return [
        *(one for one in wanted if (one.payer, one.late) not in out),
        *(
            Help(payer, _TO_CARD, max(fen, to_card.get((payer, late), 0)), late)
            for (payer, late), fen in out.items()
        ),
        *(Help(payer, _TO_CARD, one.fen, late) for (payer, late, _), one in person.left),
    ]
