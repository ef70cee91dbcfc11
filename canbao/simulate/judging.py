"""How the model judges money: by what was known when it was paid, and together with the household."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from canbao.simulate.asking import Questions
from canbao.simulate.outcomes import Line
from canbao.simulate.people import Person
from canbao.simulate.terms import Terms, day_of, start

_NOT_NOW = {"window_not_open", "window_closed"}
_INCOMPLETE, _OTHER_TIER = "household_incomplete", "household_tier_mismatch"


@dataclass(frozen=True)
class Fit:
    """Why a line does not fit; else by which knowledge it does, and for which tier."""

    reason: str | None
    known_at: datetime | None = None
    tier: int | None = None


@dataclass(frozen=True)
class Judging:
    """Judges the lines of some people, of whom `people` are all."""

    terms: Terms
    questions: Questions
    people: Mapping[int, Person]

    def judge(self, some: Iterable[tuple[Person, Line]]) -> list[tuple[Person, Line, Fit]]:
        """Judge lines in their order, then see who has to wait for others; gives those that are applied."""
        fits: list[tuple[Person, Line, Fit]] = []
        taken: list[tuple[Person, Line, Fit]] = []
        for person, line in some:
            fit = Fit(person.stranger(line) or "already_paid")
            if person not in [one for one, _, _ in taken]:
                fit = self._with_household(person, line, self._fit(person, line), taken)
            fits.append((person, line, fit))
            taken += [(person, line, fit)] if fit.reason is None else []
        complete = [person for person, _, _ in taken]
        waiting = [person for person, line, _ in taken if self._waits(person, line, complete)]
        for number, (person, line, fit) in enumerate(fits):
            if person in waiting:
                # Nothing of a person who waits is paid: what comes twice waits twice.
                fit = self._fit(person, line)
                fits[number] = (person, line, Fit(_INCOMPLETE) if fit.reason is None else fit)
        for _, line, fit in fits:
            line.reason = fit.reason
        return [one for one in fits if one[2].reason is None]

    def household(self, person: Person) -> list[Person]:
        """The others of a household."""
        return [
            other
            for other in dict.fromkeys(self.people.values())
            if other is not person and other.home is not None and other.home == person.home
        ]

    def tier_of_others(self, person: Person) -> int | None:
        """The tier that another one of the household was complete with first, where all have to be on one."""
        if not self.terms.same_tier:
            return None
        complete = [
            (other.completed_at, other.tier)
            for other in self.household(person)
            if other.state in ("paid", "exempt") and other.tier is not None and other.completed_at is not None
        ]
        return min(complete, key=lambda one: one[0])[1] if complete else None

    def waiting(self, person: Person) -> list[tuple[Person, Line]]:
        """The lines of a household that wait, in the order in which they were told."""
        together = self.terms.together or self.terms.same_tier
        people = [person, *(self.household(person) if together else ())]
        waiting = [(one, line) for one in people for line in one.waiting]
        return sorted(waiting, key=lambda pair: pair[1].arrived)

    def beside(self, paid: Sequence[Person]) -> list[tuple[Person, Line]]:
        """What waits beside money that was applied, or for it; once each, also where several had paid."""
        waiting = {
            line.arrived: (mate, line)
            for person in paid
            for mate, line in self.waiting(person)
            if mate is person or line.reason == _INCOMPLETE or self.terms.same_tier
        }
        return list(waiting.values())

    def _with_household(
        self, person: Person, line: Line, fit: Fit, taken: Sequence[tuple[Person, Line, Fit]]
    ) -> Fit:
        """The first tier that is paid binds the others of the household."""
        mates = self.household(person)
        tiers = [one.tier for other, _, one in taken if other in mates]
        bound = self.tier_of_others(person) or next(iter(tiers), None)
        if not self.terms.same_tier or bound is None:
            return fit
        if fit.reason is None:
            return Fit(_OTHER_TIER) if fit.tier not in (None, bound) else fit
        hindered = fit.reason in ("wrong_amount", "not_payable") and person.state == "assessed"
        other = person.tier not in (None, bound) and self._may_pay(person, line)
        return Fit(_OTHER_TIER) if hindered and (other or self._was_owed(person, line, bound)) else fit

    def _was_owed(self, person: Person, line: Line, bound: int) -> bool:
        """Whether it is what another tier cost, by anything that was known since the registration.

        Of money that is older than that, by what was known before as well, where that differs.
        """
        assert person.registered is not None
        since = person.registered.at
        older = line.paid_at < since and self._known_before(person, line) is not None
        known = [at for at in person.changed if at >= since]
        known += [start(min(self.terms.opens)), *(said.at for said in person.told(since))] if older else []
        return any(
            self._owes(person, line, at, tier).reason is None
            for at in known
            for tier in self.terms.tiers
            if tier != bound and person.tier in (None, tier)
        )

    def _may_pay(self, person: Person, line: Line) -> bool:
        """Whether nothing else is in the way, by the newest knowledge."""
        answer = self.questions.answer(person, line.paid_at, person.known_last)
        return answer["outcome"] in ("payable", "exempt")

    def _waits(self, person: Person, line: Line, complete: Sequence[Person]) -> bool:
        """Whether somebody of a household that pays together still has to pay."""
        if not self.terms.together:
            return False
        return any(
            other not in complete
            and other.state == "assessed"
            and not any(one.reason == _INCOMPLETE for one in other.waiting)
            and self.questions.answer(other, line.paid_at, other.known_last)["outcome"]
            in ("payable", "blocked")
            for other in self.household(person)
        )

    def _fit(self, person: Person, line: Line) -> Fit:
        """By what was known at the payment; where only the newest fits, by the newest."""
        if person.registered is None:
            return Fit("unknown_person")
        stranger = person.stranger(line)
        if stranger is not None:
            return Fit(stranger)
        if person.counts is not None:
            return Fit("already_paid")
        if person.cancelled_at is not None and line.paid_at >= person.cancelled_at:
            return Fit("not_payable")
        if person.state == "withdrawn":
            # Nobody who died, or is insured elsewhere, is covered by money that waited or comes now.
            return Fit("not_payable")
        then = [at for at in person.changed if person.registered.at <= at <= line.paid_at]
        known = max(then) if then else self._known_before(person, line)
        if any(since <= line.paid_at < until for since, until in person.stood):
            # Nothing was owed then, whatever had been struck meanwhile: a complete enrollment stood.
            known = None
        if person.state == "exempt":
            # Who paid before anybody knew of the exemption has paid, also before being registered.
            assert person.decided_at is not None
            first = self._fits(person, line, person.decided_at if known is None else known)
            if first.reason is not None and known is not None:
                # What became known of a complete enrollment since is for officers to judge.
                first = self._fits(person, line, person.decided_at)
            early = line.paid_at < person.decided_at and first.reason is None
            return first if early else Fit("already_exempt")
        if known is not None:
            first = self._fits(person, line, known)
            if first.reason is None:
                return first
        return self._fits(person, line, person.known_last)

    def _known_before(self, person: Person, line: Line) -> datetime | None:
        """By what money is judged that was paid before the person was registered, if by what was known then.

        That differs from what is known since where a roster was typed after the day that it counts from.
        """
        assert person.registered is not None
        opens = start(min(self.terms.opens))
        heard = [said for said in person.told(person.registered.at) if said.at > opens]
        typed_late = any(day_of(said.at) > said.listed_on for said in heard)
        return line.paid_at if line.paid_at >= opens and typed_late else None

    def _fits(self, person: Person, line: Line, known_at: datetime) -> Fit:
        """Whether an amount fits by some knowledge. While no tier is chosen it may name one."""
        if person.tier is not None or not self.terms.tiers:
            return replace(self._owes(person, line, known_at, person.tier), tier=person.tier)
        if (any_tier := self._owes(person, line, known_at, None)).reason is None:
            return any_tier  # such as a child's, where only grown-ups choose
        judged = {tier: self._owes(person, line, known_at, tier) for tier in self.terms.tiers}
        fitting = [tier for tier, fit in judged.items() if fit.reason is None]
        bound = self.tier_of_others(person)
        chosen = bound if bound in fitting else fitting[0] if len(fitting) == 1 else None
        if chosen is not None:
            return replace(judged[chosen], tier=chosen)
        if bound in judged and not fitting:
            return judged[bound]  # a tier that the household cannot have says nothing of the amount
        reasons = {fit.reason for fit in judged.values()}
        return judged[self.terms.tiers[0]] if len(reasons) == 1 and not fitting else Fit("not_payable")

    def _owes(self, person: Person, line: Line, known_at: datetime, tier: int | None) -> Fit:
        answer = self.questions.answer(person, line.paid_at, known_at, tier)
        if _NOT_NOW & set(answer["reason_codes"]):
            return Fit("outside_window")
        owed = answer["own_due_fen"] if answer["outcome"] in ("payable", "exempt") else 0
        if not owed:
            return Fit("not_payable")
        return Fit(None if owed == line.left_fen else "wrong_amount", known_at)
