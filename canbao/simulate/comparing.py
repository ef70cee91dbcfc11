"""Plays lives through the services and through the model, and finds the shortest life that differs."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from random import Random

from canbao.simulate.answers import Answer, Question
from canbao.simulate.books import against
from canbao.simulate.chance import life as life_of
from canbao.simulate.counties import Counties
from canbao.simulate.county import County, StepRefused
from canbao.simulate.courier import Courier
from canbao.simulate.finding import Found
from canbao.simulate.life import Life
from canbao.simulate.model import Model
from canbao.simulate.noticing import terms_of
from canbao.simulate.papers import Numbers
from canbao.simulate.playing import Player
from canbao.simulate.terms import Terms
from libs.common.policy import assess, parse_question


@dataclass(frozen=True)
class Difference:
    """A life whose outcome is not the expected one, and what differs."""

    life: Life
    seed: int
    differs: tuple[str, ...]

    def told(self) -> str:
        """For people who have to find the reason."""
        return f"{self.life.county}, seed {self.seed}:\n{self.life.told()}\n" + "\n".join(
            f"  {line}" for line in self.differs
        )


@dataclass
class Comparing:
    """Compares lives in one installation: each has people of its own."""

    county: County
    counties: Counties
    numbers: Numbers = field(default_factory=Numbers)
    played: int = 0
    terms: dict[str, Terms] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.terms = self.terms or terms_of(self.counties.originals)

    async def differs(self, life: Life, seed: int) -> tuple[str, ...]:
        """What the services and the model do not agree about."""
        self.played += 1
        self.county.courier = Courier(Random(seed))  # nosec B311
        papers = {one: self.numbers.papers(life, one) for one in life.people}
        code = f"{life.county}-{self.played}"
        self.counties.found(life.county, life.year, code)
        terms = self.terms[life.county]
        player = Player(self.county, life, code, papers, terms.supplied)
        model = Model(life, terms, {one: papers[one].born for one in papers}, self._ask)
        expected = model.play()
        try:
            await player.play()
        except StepRefused as refused:
            return (f"refused: {refused}",)
        found = await Found(player).outcomes()
        of_people = [
            f"person {person}: {line}"
            for person in life.people
            for line in expected[person].against(found[person])
        ]
        by_hand, said = model.tills.told(), await player.counters.told()
        of_cash = [] if by_hand == said else [f"by hand: expected {by_hand}, found {said}"]
        return (*of_people, *of_cash, *against(model.books.totals, await player.offices.handovers()))

    async def shortest(self, life: Life, seed: int) -> Difference:
        """Drop steps one by one as long as it still differs."""
        differs = await self.differs(life, seed)
        number = len(life.steps) - 1
        while number >= 0 and len(life.steps) > 1:
            shorter = life.without(number)
            found = await self.differs(shorter, seed)
            if found:
                life, differs = shorter, found
                number = min(number, len(life.steps))
            number -= 1
        return Difference(life, seed, differs)

    def _ask(self, given: Question) -> Answer:
        question = parse_question(given)
        return assess(
            self.counties.originals[(question.county, question.year)], question, trace=False
        ).as_dict()


async def compare(
    comparing: Comparing, seeds: Iterable[int], counties: Sequence[str], *, shorten: bool = True
) -> AsyncIterator[Difference | None]:
    """Play every seed, in one county after the other; give the shortest life that differs, or None."""
    for seed in seeds:
        life = life_of(seed, comparing.terms[counties[seed % len(counties)]])
        differs = await comparing.differs(life, seed)
        if differs and shorten:
            yield await comparing.shortest(life, seed)
        else:
            yield Difference(life, seed, differs) if differs else None
