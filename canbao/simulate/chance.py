"""Makes random lives: the same seed makes the same life."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from random import Random

from canbao.simulate.life import (
    Delisted,
    Died,
    GivenBack,
    InsuredAsEmployee,
    Life,
    Listed,
    Paid,
    Registered,
    Step,
)

_SHANGHAI = timezone(timedelta(hours=8))
_MOST_PEOPLE = 6
#: How often something happens to a person, of a hundred.
_OFTEN = {"roster": 75, "paid": 75, "employee": 8, "died": 8}


@dataclass(frozen=True, slots=True)
class Season:
    """What may happen in a county: its days, what people pay there, and who is helped.

    `statuses` have a code, classes and grades of which one is chosen.
    """

    county: str
    year: int
    first: date
    last: date
    amounts_fen: Sequence[int]
    statuses: Sequence[tuple[str, Sequence[str | None], Sequence[int | None]]]
    borders: Sequence[date] = ()
    tiers: Sequence[int | None] = (None,)
    #: Whether everybody lives alone: a household that pays together is left out.
    alone: bool = False


_POOR = ("registered_poor", ("not_exited", "exited"), (None,))
SEASONS: Mapping[str, Season] = {
    season.county: season
    for season in (
        Season(
            "youxi", 2020, date(2019, 8, 25), date(2020, 8, 31), (25_000, 25_000, 77_000),
            [("medical_assistance_1", (None,), (None,)), ("medical_assistance_2", (None,), (None,)),
             ("disabled", (None,), (None, 2))],
            [date(2019, 9, 30), date(2019, 12, 31), date(2020, 2, 29), date(2020, 7, 1)],
        ),
        Season(
            "huining", 2021, date(2020, 8, 25), date(2021, 3, 31), (28_000,),
            [("dibao", ("rural-1", "rural-2", "urban-full", "urban-partial"), (None,)),
             ("tekun", (None,), (None,)), _POOR],
            [date(2020, 9, 1), date(2020, 12, 10), date(2020, 12, 31)],
        ),
        Season(
            "dongan", 2020, date(2019, 8, 25), date(2020, 3, 31), (25_000, 12_000),
            [("tekun", (None,), (None,)), ("dibao", (None,), (None,)), _POOR],
            [date(2019, 10, 1), date(2019, 12, 31)], alone=True,
        ),
        Season(
            "huilong", 2020, date(2019, 9, 25), date(2020, 1, 31), (25_000, 7_500, 62_500, 37_500),
            [("dibao", (None,), (None,)), ("disabled", (None,), (1, 3)), ("fp_reward", (None,), (None,)),
             ("civil_affairs_other", (None,), (None,)), _POOR],
            [date(2019, 10, 1), date(2019, 12, 10)], (1, 2),
        ),
        Season(
            "songming", 2018, date(2017, 10, 1), date(2018, 4, 30), (18_000,),
            [("dibao", (None,), (None,)), ("disabled", (None,), (1, 4)), ("tekun", (None,), (None,)), _POOR],
            [date(2017, 12, 31), date(2018, 2, 22), date(2018, 2, 23)],
        ),
    )
}  # fmt: skip


def life(seed: int, county: str) -> Life:
    """The life of a seed."""
    season = SEASONS[county]
    making = _Making(season, Random(f"{county} {seed}"))
    for person in range(1, making.chance.choice((1, 1, 1, 2, 2, 3, 4, _MOST_PEOPLE)) + 1):
        making.person(person)
    return Life(county, season.year, tuple(sorted(making.steps, key=lambda step: step.at)))


@dataclass
class _Making:
    season: Season
    chance: Random
    steps: list[Step] = field(default_factory=list)
    instants: set[datetime] = field(default_factory=set)
    households: dict[int, int | None] = field(default_factory=dict)
    transactions: int = 0

    def person(self, person: int) -> None:
        most = 1 + len(self.households)
        household = most if self.season.alone else self.chance.randint(1, most)
        tier = self.households.setdefault(household, self.chance.choice(self.season.tiers))
        self.steps.append(Registered(self._instant(early=True), person, household, tier))
        for status in self._chosen():
            self._status(person, *status)
        while self._happens("paid"):
            self._payment(person)
        if self._happens("employee"):
            at = self._instant()
            self.steps.append(InsuredAsEmployee(at, person, self._before(at)))
        if self._happens("died"):
            at = self._instant()
            self.steps.append(Died(at, person, self._before(at)))

    def _chosen(self) -> Sequence[tuple[str, Sequence[str | None], Sequence[int | None]]]:
        number = sum(self._happens("roster") for _ in range(2))
        return self.chance.sample(self.season.statuses, number)

    def _status(
        self, person: int, status: str, classes: Sequence[str | None], grades: Sequence[int | None]
    ) -> None:
        """A status is listed, perhaps again, with another class, or with its end."""
        at = self._instant(early=True)
        for _ in range(self.chance.choice((1, 1, 1, 2, 2, 3, 4))):
            listed_on = self._before(at) if self.chance.randrange(3) == 0 else at.date()
            if self.chance.randrange(4) == 0:
                ended_on = listed_on + timedelta(days=self.chance.choice((-60, -7, 0, 0, 0)))
                self.steps.append(Delisted(at, person, status, ended_on, listed_on))
            else:
                since = self.chance.choice((self.season.first - timedelta(days=300), listed_on, listed_on))
                class_, grade = self.chance.choice(classes), self.chance.choice(grades)
                self.steps.append(Listed(at, person, status, since, listed_on, class_, grade))
            at = self._instant(after=at)

    def _payment(self, person: int) -> None:
        self.transactions += 1
        number, paid_at = self.transactions, self._instant()
        amount = self.chance.choice((*self.season.amounts_fen, *self.season.amounts_fen, 10_000))
        at = paid_at if self.chance.randrange(3) else self._instant(after=paid_at)
        self.steps.append(Paid(at, person, number, paid_at, amount))
        if self.chance.randrange(4) == 0:
            self.steps.append(Paid(self._instant(after=at), person, number, paid_at, amount))
        if self.chance.randrange(4) == 0:
            at = self._instant(after=at)
            back = self.chance.choice((amount, amount, 1_000))
            self.steps.append(GivenBack(at, person, number, number, at, back))

    def _happens(self, what: str) -> bool:
        often = _OFTEN[what] if what != "paid" else 50
        return self.chance.randrange(100) < often

    def _before(self, at: datetime) -> date:
        """A day up to some weeks ago."""
        return at.date() - timedelta(days=self.chance.choice((0, 1, 2, 7, 30)))

    def _instant(self, *, early: bool = False, after: datetime | None = None) -> datetime:
        """An instant of its own: anywhere in the season, or near one of its borders."""
        season, low = self.season, after.date() if after is not None else self.season.first
        near = [day for day in season.borders if day >= low]
        if near and self.chance.randrange(3) == 0:
            day = self.chance.choice(near) + timedelta(days=self.chance.randint(-2, 2))
        elif early and self.chance.randrange(2) == 0:
            day = low + timedelta(days=self.chance.randrange(40))
        elif after is not None and self.chance.randrange(2) == 0:
            day = low + timedelta(days=self.chance.randrange(12))
        else:
            day = low + timedelta(days=self.chance.randrange(max((season.last - low).days, 1)))
        at = datetime.combine(day, time(8), _SHANGHAI) + timedelta(seconds=self.chance.randrange(43_000))
        if after is not None and at <= after:
            at = after + timedelta(minutes=self.chance.randint(1, 50))
        while at in self.instants:
            at += timedelta(seconds=1)
        self.instants.add(at)
        return at
