"""What a life has to come to: a small, slow model, written from the readings of the notices.

Amounts at one instant are asked of the assessment; all change is the model's own. It imports nothing of the
services and their libraries.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from canbao.simulate import refunding
from canbao.simulate.accounting import money_of, outcome_of
from canbao.simulate.answers import Ask, helps_of
from canbao.simulate.asking import Questions
from canbao.simulate.books import Books
from canbao.simulate.cash import Deposited, DepositWithdrawn, LateDecided, Payment, Tills
from canbao.simulate.changing import Changing
from canbao.simulate.doubting import ENDS_COVER, doubts, may_return
from canbao.simulate.granting import Granting, borne, without_payment
from canbao.simulate.judging import Fit, Judging
from canbao.simulate.life import (
    BankAnswered,
    CardGiven,
    Closed,
    Decided,
    Delisted,
    Died,
    GivenBack,
    InsuredAsEmployee,
    Life,
    Listed,
    Paid,
    PaidTogether,
    RefundAsked,
    RefundDecided,
    Registered,
    SentToBank,
    Step,
    paid_for,
)
from canbao.simulate.outcomes import MERGED, Line, Outcome
from canbao.simulate.people import HelpEnded, Person, says
from canbao.simulate.purses import Purses, keep_up
from canbao.simulate.terms import AT_THE_END, Terms


class Model:
    """Plays a life in the head. `born` tells the birthdays of the people."""

    def __init__(self, life: Life, terms: Terms, born: Mapping[int, date], ask: Ask) -> None:
        self._life, self._terms, self._ask = life, terms, ask
        self._questions = Questions(terms, ask)
        self._people = {number: Person(born[number]) for number in life.people}
        self._judging = Judging(terms, self._questions, self._people)
        self._granting = Granting(self._questions, ask)
        self._purses = Purses(self._people)
        self.books = Books(terms.deadlines)
        self.tills = Tills(terms)
        self._changing = Changing(self._people, self.books)
        self._given_back: set[int] = set()
        self._transactions: set[int] = set()
        self._arrived = 0

    def play(self) -> dict[int, Outcome]:
        """What each person's year comes to."""
        for step in self._life.steps:
            if isinstance(step, Closed | SentToBank | BankAnswered | Deposited | DepositWithdrawn):
                self._of_all(step)
            else:
                changed = self._tell(self._people[step.person], step)
                for person in changed:
                    person.changed.append(step.at)
                    person.carer = self._changing.carer(person)
                for person in changed:
                    self._look(person, step.at)
            for number, one in self._changing.standing():
                for line in refunding.settled(one):
                    self._ended(one, line, step.at)
                refunding.by_itself(one)
                keep_up(one, borne(one))
                less_at = step.returned_at if isinstance(step, GivenBack) else step.at
                exempt_at = one.completed_at if one.state == "exempt" else None
                decided = isinstance(step, Decided)
                self.books.note(number, money_of(one, step), less_at, exempt_at, decided=decided)
        self.books.close(AT_THE_END)
        return dict.fromkeys(self._people, MERGED) | {
            n: outcome_of(one, self._questions) for n, one in self._changing.standing()
        }

    def _of_all(self, step: Closed | SentToBank | BankAnswered | Deposited | DepositWithdrawn) -> None:
        match step:
            case Closed():
                self.books.close(step.at)
            case SentToBank() | BankAnswered():
                self._purses.tell(step)
            case Deposited() | DepositWithdrawn():
                self.tills.banks(step)

    def _tell(self, person: Person, step: Step) -> list[Person]:
        """Take a step in; of whom something else is known now."""
        news = False
        match step:
            case Registered():
                news = self._changing.registers(person, step)
            case Listed() | Delisted():
                news = says(person, step)
            case InsuredAsEmployee() | Died() if person.registered is not None:
                news = person.hears(step)
            case Paid() | PaidTogether():
                self._paid(step)
            case LateDecided() if (counts := self.tills.decided(step)) is not None:
                self._arrives(counts)
            case GivenBack() if self.tills.loses(step):
                self._back(person, step)
            case CardGiven() if person.registered is not None:
                person.cards += 1
            case RefundAsked():
                refunding.asked(person, step)
            case RefundDecided():
                refunding.decided(person, step)
            case Decided():
                self._decide(person, step)
            case _:
                return self._changing.tell(step)
        return [person] if news else []

    def _paid(self, step: Payment) -> None:
        if step.transaction in self._transactions or not self.tills.takes(step):
            return
        self._arrives(step)

    def _arrives(self, step: Payment) -> None:
        self._transactions.add(step.transaction)
        lines: list[tuple[Person, Line]] = []
        for one in paid_for(self._life, step):
            self._arrived += 1
            line = Line(step.transaction, step.paid_at, one.fen, arrived=self._arrived)
            line.shown, line.misnamed = (one.person, one.under), bool(one.misnamed)
            lines.append((self._people[one.person], line))
            self._people[one.person].lines.append(line)
        self._judge(lines, step.at)

    def _judge(self, lines: Sequence[tuple[Person, Line]], now: datetime) -> None:
        """Judge lines, and what waits beside them or for them, as long as something is applied."""
        while applied := self._judging.judge(lines):
            for person, line, fit in applied:
                if person.state == "exempt" and person.decided_at is not None:
                    person.stood.append((person.decided_at, now))
                self._apply(person, line, fit)
                self._stand(person, now)
            lines = self._judging.beside([person for person, _, _ in applied])

    def _apply(self, person: Person, line: Line, fit: Fit) -> None:
        assert fit.known_at is not None
        person.tier = fit.tier
        person.granted = helps_of(self._questions.answer(person, line.paid_at, fit.known_at))
        person.decided_at = max(fit.known_at, line.paid_at)
        person.state, line.state, person.completed_at = "paid", "applied", line.paid_at
        person.cancelled_at = person.ended_at = None

    def _back(self, person: Person, step: GivenBack) -> None:
        """Money was given back outside: the rest stays, and only the whole opens the enrollment again."""
        if step.reason is not None:
            for one, gone in refunding.lost(self._changing.standing(), step.transaction):
                self._ended(one, gone, step.returned_at)
            return
        line = next((line for line in person.lines if line.transaction == step.transaction), None)
        if line is None or step.return_no in self._given_back or line.left_fen < step.amount_fen:
            return
        self._given_back.add(step.return_no)
        refunding.went_back(person, line, step.amount_fen)
        if not line.left_fen:
            self._ended(person, line, step.returned_at)
        elif line in person.waiting:
            self._judge([(person, line)], step.at)

    def _ended(self, person: Person, line: Line, at: datetime) -> None:
        """All of a payment went back."""
        counted, line.state, line.withdrawn = line.state == "applied", "refunded", False
        if counted and person.state == "paid":
            self._open_again(person, at)

    def _open_again(self, person: Person, at: datetime) -> None:
        # A tier that only an amount had named goes with the money.
        assert person.registered is not None
        person.tier = person.registered.tier
        person.state, person.completed_at, person.decided_at = "assessed", None, None
        person.granted, person.causes, person.borne_with = [], set(), set()
        person.changed.append(at)
        self._judge([(person, line) for line in person.twice], at)
        self._look(person, at)

    def _look(self, person: Person, now: datetime) -> None:
        """What follows from what is known now."""
        if person.registered is None:
            return
        if person.state == "withdrawn":
            person.returns = may_return(self._terms, self._questions, person, now)
            return
        if person.state == "assessed" and person.died is not None:
            person.state, person.cancelled_at, person.cancelled_by_desk = "cancelled", now, False
        # Also of who died the right number may become known by which somebody had paid before.
        self._judge(self._judging.waiting(person), now)
        if person.state == "assessed":
            self._exempt(person, now)
        if person.state in ("paid", "exempt"):
            self._stand(person, now)

    def _exempt(self, person: Person, now: datetime) -> None:
        """Exempt from the earliest instant with nothing left to pay; when it was typed does not matter."""
        assert person.registered is not None
        if self._judging.tier_of_others(person) not in (None, person.tier):
            return
        since = person.registered.at
        if person.help_ended is not None:
            if self._restored(person, person.help_ended, now):
                return
            since = max(since, person.help_ended.at)
        found = self._granting.exempt_since(person, since, now)
        if found is not None:
            person.state, person.completed_at, person.decided_at = "exempt", found[0], now
            person.granted = without_payment(found[1])
            self._judge(self._judging.waiting(person), now)

    def _restored(self, person: Person, ended: HelpEnded, now: datetime) -> bool:
        """Whether an exemption that was withdrawn stands again, because its cause went away."""
        if ended.paid:
            return False
        person.completed_at = ended.completed_at
        standing = self._questions.standing(person, ended.completed_at, now)
        if standing["outcome"] != "exempt" or doubts(self._terms, person, standing, standing, now):
            person.completed_at = None
            return False
        person.state, person.decided_at, person.restored_at, person.help_ended = "exempt", now, now, None
        person.granted = without_payment(standing)
        self._judge(self._judging.waiting(person), now)
        return True

    def _stand(self, person: Person, now: datetime) -> None:
        """A complete enrollment stands; who bears it may change, and its ground may be doubted."""
        assert person.completed_at is not None and person.decided_at is not None
        at, known_at = person.completed_at, person.decided_at
        decided = self._questions.answer(person, at, known_at)
        now = max(now, known_at)
        standing = self._questions.standing(person, at, now)
        if person.state == "exempt" and standing["outcome"] == "exempt":
            person.granted = without_payment(standing)
        less = person.state == "paid" and self._granting.after_payment(person, decided)
        cover = self._questions.cover(person, at, known_at, now)
        found = doubts(self._terms, person, decided, standing, now, cover=cover, less=less)
        person.borne_with &= found
        person.causes = found - person.borne_with
        ended = person.help_ended
        if ended is not None and ended.completed_at == at and not found & ended.causes:
            person.help_ended = None
            if person.state == "paid":
                self._granting.after_payment(person, decided)

    def _decide(self, person: Person, step: Decided) -> None:
        """Keep what is in doubt, or withdraw help, and cover where the causes end it."""
        if person.returns:
            person.returns, person.left_ended = False, not step.keeps
            if step.keeps:
                self._return(person, step.at)
        if not person.causes:
            return
        causes, person.causes = person.causes, set()
        person.borne_with |= causes
        if step.keeps:
            return
        assert person.completed_at is not None
        assert person.decided_at is not None
        if causes & ENDS_COVER:
            person.state, person.ended_at, person.granted = "withdrawn", step.at, []
            self._judge(self._judging.waiting(person), step.at)
            refunding.cover_ended(person)
            return
        paid = person.state == "paid"
        if paid and person.counts is not None:
            person.promised.pop(person.counts.transaction, None)
        person.help_ended = HelpEnded(frozenset(causes), step.at, person.completed_at, paid)
        if person.state == "exempt":
            person.state, person.completed_at, person.decided_at, person.granted = "assessed", None, None, []
        self._look(person, step.at)

    def _return(self, person: Person, at: datetime) -> None:
        """A cover stands again that an officer ended; it is open again where its money went back."""
        assert person.completed_at is not None
        refunding.cover_returned(person)
        paid, person.ended_at, person.borne_with = person.counts is not None, None, set()
        person.state = "paid" if paid else "assessed"
        if paid:
            self._stand(person, at)
            return
        if not any(line.paid_at == person.completed_at for line in person.lines):
            person.help_ended = HelpEnded(ENDS_COVER, at, person.completed_at, paid=False)
        self._open_again(person, at)
