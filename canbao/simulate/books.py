"""What the model has each handover say: of everything that moved, what it counts and no earlier one did."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from canbao.simulate.terms import Deadline, start

#: Who bears it, and heads and fen.
Totals = dict[str, tuple[int, int]]
#: Fen by person and who bears them.
Sums = dict[tuple[int, str], int]
#: What money of a person is counted under: who bears it, and which payment brought it.
Place = tuple[str, int]
RESIDENTS = "residents"
#: Counted under it is who counts as nobody's head although money is there: one whose cover was withdrawn.
WITHDRAWN: Place = ("", 0)
#: Instead of a payment: help of somebody exempt.
EXEMPT = -1


@dataclass(frozen=True)
class Entry:
    """So much more (or less) of a person's money is with the fund, since an instant."""

    person: int
    payer: str
    fen: int
    at: datetime
    #: As whom the person goes on from then, where two records became one.
    goes_on_as: int | None = None


@dataclass(frozen=True)
class Moved:
    """Money of one place: how much there is now, and since when if it is more than before."""

    fen: int
    more_at: datetime


@dataclass
class Books:
    """All entries in the order in which they were told, and the handovers that were closed."""

    deadlines: Sequence[Deadline]
    entries: list[Entry] = field(default_factory=list)
    placed: dict[int, dict[Place, int]] = field(default_factory=dict)
    #: Since when who is exempt is helped, by person and who bears it.
    since: dict[tuple[int, str], datetime] = field(default_factory=dict)
    #: When it was told.
    told: dict[tuple[int, str], datetime] = field(default_factory=dict)
    #: Under which record the money of two that became one is entered from then on.
    entered_as: dict[int, int] = field(default_factory=dict)
    #: The entries of each handover that is closed, by their numbers.
    counted: dict[str, list[int]] = field(default_factory=dict)
    totals: dict[str, Totals] = field(default_factory=dict)

    def note(
        self,
        person: int,
        now: Mapping[Place, Moved],
        less_at: datetime,
        exempt_at: datetime | None,
        *,
        decided: bool = False,
    ) -> None:
        """Take in where a person's money is now; `less_at` is since when it is less than before.

        Where another bears what somebody exempt does not pay both count since the exemption. Who turns out to
        have paid before it was told was never exempt; where an officer `decided`, help ends with that.
        """
        person = self.entered_as.get(person, person)
        before = self.placed.get(person, {})
        paid = min((moved.more_at for place, moved in now.items() if place[0] == RESIDENTS), default=None)
        for place in sorted(before.keys() | now.keys()):
            change = (now[place].fen if place in now else 0) - before.get(place, 0)
            if change:
                at = now[place].more_at if change > 0 else less_at
                if change < 0 and place[0] not in (RESIDENTS, WITHDRAWN[0]) and exempt_at is not None:
                    at = exempt_at
                elif change < 0 and place[1] == EXEMPT and paid and not decided:
                    never = paid < self.told[person, place[0]]
                    at = self.since[person, place[0]] if never else less_at
                if change > 0 and place[1] == EXEMPT:
                    self.since[person, place[0]], self.told[person, place[0]] = at, less_at
                self.entries.append(Entry(person, place[0], change, at))
        self.placed[person] = {place: moved.fen for place, moved in now.items()}

    def merge(self, goes_on: int, ends: int, helped: int, at: datetime) -> None:
        """Two records are one person from an instant on: what was entered stays under both.

        Help that was for `helped`, of whom no enrollment stands, is taken back then; it was due until then.
        """
        helped = self.entered_as.get(helped, helped)
        before = self.placed.get(helped, {})
        for place in [place for place in before if place[0] not in (RESIDENTS, WITHDRAWN[0])]:
            self.entries.append(Entry(helped, place[0], -before.pop(place), at))
        self.entered_as |= dict.fromkeys((goes_on, ends), goes_on)
        self.entries.append(Entry(ends, "", 0, at, goes_on))
        placed = self.placed.setdefault(goes_on, {})
        for place, fen in self.placed.pop(ends, {}).items():
            placed[place] = placed.get(place, 0) + fen
        for (person, payer), since in list(self.since.items()):
            if person == ends:
                self.since.setdefault((goes_on, payer), since)
                self.told.setdefault((goes_on, payer), self.told[person, payer])

    def close(self, now: datetime) -> None:
        """Close every handover whose days are over, in their order."""
        for deadline in sorted(self.deadlines, key=lambda one: (one.last, one.due_on, one.id)):
            end = start(deadline.last + timedelta(days=1))
            if deadline.id in self.counted or now < end:
                continue
            earlier = [number for one in self._before(deadline) for number in self.counted[one.id]]
            own = [
                number
                for number, entry in enumerate(self.entries)
                if entry.at < end and number not in earlier
            ]
            self.counted[deadline.id] = own
            self.totals[deadline.id] = self._more(earlier, own)

    def _before(self, deadline: Deadline) -> list[Deadline]:
        """From which handovers one goes on, and they from others: of its own series, or else of any."""
        chain: list[Deadline] = []
        current: Deadline | None = deadline
        while current is not None:
            ended = [one for one in self.deadlines if one.id in self.counted and one.last < current.first]
            own = [one for one in ended if one.series == current.series] or ended
            current = max(own, key=lambda one: (one.last, -one.first.toordinal()), default=None)
            chain += [] if current is None else [current]
        return chain

    def _more(self, earlier: Iterable[int], own: Iterable[int]) -> Totals:
        before, after = self._sums(earlier), self._sums([*earlier, *own])
        found: Totals = {}
        for payer in sorted({entry.payer for entry in self.entries if entry.payer}):
            heads = _heads(after, payer) - _heads(before, payer)
            fen = _fen(after, payer) - _fen(before, payer)
            if heads or fen:
                found[payer] = (heads, fen)
        return found

    def _sums(self, numbers: Iterable[int]) -> Sums:
        entries = [self.entries[number] for number in numbers]
        one = {entry.person: entry.goes_on_as for entry in entries if entry.goes_on_as is not None}
        sums: Sums = {}
        for entry in entries:
            key = (one.get(entry.person, entry.person), entry.payer)
            sums[key] = sums.get(key, 0) + entry.fen
        return sums


def _fen(sums: Sums, payer: str) -> int:
    return sum(fen for (_, who), fen in sums.items() if who == payer)


def _heads(sums: Sums, payer: str) -> int:
    here = {person for (person, who), fen in sums.items() if who == payer and fen > 0}
    gone = {person for (person, who), fen in sums.items() if not who and fen > 0}
    return len(here - gone)


def against(expected: Mapping[str, Totals], found: Mapping[str, Totals]) -> list[str]:
    """What differs between two sets of handovers, a line each."""
    return [
        f"handover {id_}: expected {expected.get(id_)}, found {found.get(id_)}"
        for id_ in sorted(expected.keys() | found.keys())
        if expected.get(id_) != found.get(id_)
    ]
