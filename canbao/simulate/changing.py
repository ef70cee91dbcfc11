"""How the model takes in what happens to people themselves: papers, names, households, whole lists."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from canbao.simulate.books import Books
from canbao.simulate.changes import (
    CancelledAtDesk,
    Corrected,
    Enrolled,
    Happened,
    Merged,
    Moved,
    Numbered,
    Renamed,
    Replaced,
    SentAgain,
    TakenBack,
)
from canbao.simulate.histories import paint
from canbao.simulate.life import Delisted, Listed, Paper, Registered, Step
from canbao.simulate.merging import enter, merge
from canbao.simulate.people import FROM_THE_START, Person, says


@dataclass
class Changing:
    """Changes some people, of whom `people` are all, with their money in the books."""

    people: dict[int, Person]
    books: Books
    #: The records that went into another one.
    merged: set[int] = field(default_factory=set)
    #: Who lives where, in the order in which they came, and who is the head there.
    homes: dict[Person, int] = field(default_factory=dict)
    heads: dict[int, Person | None] = field(default_factory=dict)

    def standing(self) -> list[tuple[int, Person]]:
        """All records but those that went into another one."""
        return [(number, one) for number, one in self.people.items() if number not in self.merged]

    def registers(self, person: Person, step: Registered) -> bool:
        """Somebody is registered; whether for the first time."""
        again = person.registered is not None
        if not again:
            person.registered, person.tier, person.state = step, step.tier, "assessed"
            person.papers[step.person, step.under] = FROM_THE_START
            person.misnamed = bool(step.misnamed)
            person.home = self.homes[person] = step.household
        self._head(person)
        return not again

    def tell(self, step: Step) -> list[Person]:
        """Take a step in; give the people of whom something else is known now."""
        if isinstance(step, Replaced):
            return self._replace(step)
        person = self.people[step.person]
        if person.registered is None:
            return []
        match step:
            case Happened():
                return [person] if person.hears(step) else []
            case TakenBack():
                return [person] if person.forgets(step) else []
            case CancelledAtDesk():
                return [person] if person.cancel(step.at) else []
            case Enrolled():
                return [person] if self._enroll(person, step) else []
            case Numbered() | Corrected():
                return self._numbered(person, step)
            case Renamed():
                person.renamed_at = person.renamed_at or step.at
                return [person]
            case Moved():
                return self._move(person, step)
            case Merged():
                return self._merge(step)
            case SentAgain():
                self._head(person)
                return self._enroll_anew(person, step)
        return []

    def _enroll_anew(self, person: Person, step: SentAgain) -> list[Person]:
        """Whose cover an officer ended is enrolled anew, unless they died.

        While their money is still here it may come back: that is asked about again.
        """
        assert person.home is not None
        return [one for one in self._members(person.home) if self._anew(one, step.at, None)]

    def _anew(self, one: Person, at: datetime, tier: int | None) -> bool:
        """Enroll somebody again whose enrollment has ended; whether that asks or changes something."""
        if one.state not in ("withdrawn", "cancelled") or one.died is not None:
            return False
        one.returns = one.left_ended = False
        if one.counts is None:
            assert one.registered is not None
            one.registered, one.tier = replace(one.registered, at=at, tier=tier), tier
            one.state, one.ended_at, one.completed_at, one.decided_at = "assessed", None, None, None
            one.cancelled_at = None
        return True

    def _enroll(self, person: Person, step: Enrolled) -> bool:
        """Enroll somebody anew, or note another tier while nothing is complete."""
        if person.state != "assessed":
            return self._anew(person, step.at, step.tier)
        if step.tier in (None, person.tier):
            return False
        assert person.registered is not None
        person.registered, person.tier = replace(person.registered, tier=step.tier), step.tier
        return True

    def _numbered(self, person: Person, step: Numbered | Corrected) -> list[Person]:
        """The right number becomes known, beside the certificate or instead of the wrong one."""
        number, paper = (step.person, None), "certificate" if isinstance(step, Numbered) else "wrong number"
        if number in person.papers or (step.person, paper) not in person.papers:
            return []
        person.papers[number] = step.at
        if isinstance(step, Numbered):
            self._head(person)
        return [person]

    def _merge(self, step: Merged) -> list[Person]:
        """Make two records one, unless one of them is the head of others elsewhere."""
        right, other = self.people[step.person], self.people[step.other]
        if right is other or other.registered is None or self._leads_others(other, right.home):
            return []
        one = merge(right, other, step.at)
        enter(self.books, {step.person: right, step.other: other}, one, step.at)
        for person in (right, other):
            del self.homes[person]
        assert one.home is not None
        self.homes[one] = one.home
        for home, head in self.heads.items():
            if head in (right, other):
                self.heads[home] = one if home == one.home else None
        for number, person in self.people.items():
            if person in (right, other):
                self.people[number] = one
        self.merged.add(step.other)
        # The payment that stands may be of another tier than the one that bound the others there.
        return [one, *(mate for mate in self._members(one.home) if mate is not one)]

    def _leads_others(self, person: Person, elsewhere: int | None) -> bool:
        """Whether somebody is the head of others, unless it is `elsewhere`."""
        home = self.homes[person]
        return home != elsewhere and self.heads.get(home) is person and len(self._members(home)) > 1

    def _head(self, person: Person) -> None:
        """A list names the first who lives as the head of the household."""
        assert person.home is not None
        members = self._members(person.home)
        self.heads[person.home] = next((one for one in members if one.died is None), members[0])

    def carer(self, person: Person) -> Person | None:
        """Whose card a child's money goes to: the head's of its household."""
        registered = person.registered
        if registered is None or registered.born is None or person.home is None:
            return None
        head = self.heads.get(person.home)
        return None if head is person else head

    def _members(self, home: int) -> list[Person]:
        return [person for person, one in self.homes.items() if one == home]

    def _move(self, person: Person, step: Moved) -> list[Person]:
        """Move somebody; the head of others stays until there is another head."""
        old = person.home
        assert old is not None
        others = [one for one in self._members(old) if one is not person]
        leads = self.heads.get(old) is person
        if step.household not in self.heads or step.household == old or (leads and others):
            return []
        if leads:
            self.heads[old] = None
        del self.homes[person]
        person.home = self.homes[person] = step.household
        # Who stays may have waited for whoever left.
        return [person, *(one for one in others if one.state == "assessed")]

    def _replace(self, step: Replaced) -> list[Person]:
        """Whoever is not on the list has the status no longer, from the day of the list on."""
        changed: list[Person] = []
        papers: tuple[Paper | None, ...] = (None, "wrong number", "certificate")
        rows = {(row.person, None) for row in step.rows}
        for row in step.rows:
            told = (row.effective_on, step.listed_on, row.status_class, row.grade)
            said = Listed(step.at, row.person, step.status, *told)
            changed += [self.people[row.person]] if says(self.people[row.person], said) else []
        for number, person in self.people.items():
            for paper in papers:
                if any(person.is_same((number, paper), row) for row in rows):
                    continue
                about = [
                    one
                    for one in person.said
                    if one.status == step.status and (one.person, one.under) == (number, paper)
                ]
                if any(day >= step.listed_on for day in paint(about)):
                    gone = Delisted(step.at, number, step.status, step.listed_on, step.listed_on, paper)
                    changed += [person] if says(person, gone) else []
        return list(dict.fromkeys(changed))
