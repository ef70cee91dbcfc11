"""Asks every operation about each place: first as everybody of elsewhere, then as those whose place it is."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from canbao.definitions import SERVICES
from libs.common.web.reach import Reach, reach_of
from tests.integration.divisions.bodies import OF_EVERYWHERE
from tests.integration.divisions.played import COUNTIES, DIVISIONS, Played, described
from tests.integration.divisions.seeds import sow
from tests.integration.divisions.trials import Place, Trial, ids_of, of_payments, places, trials

#: What is told to whoever asks about a place of another county, or of another township.
REFUSED = (403, 404)


@dataclass(frozen=True)
class Heard:
    """What came back: status and kind of problem, what it tells of elsewhere, and all that it says."""

    status: int
    problem: str
    strays: frozenset[str]
    content: bytes

    @property
    def outcome(self) -> tuple[int, str, bytes]:
        """What is to differ: of a refusal its kind alone, which request it was is another each time."""
        return self.status, self.problem, b"" if self.problem else self.content

    @property
    def outside(self) -> bool:
        """Whether it was refused for the division of the token."""
        return self.problem == "outside-division"


@dataclass
class Asked:
    """A trial of an operation, and what everybody heard."""

    trial: Trial
    strangers: dict[str, Heard] = field(default_factory=dict)
    owners: dict[str, Heard] = field(default_factory=dict)

    @property
    def told_apart(self) -> bool:
        """Whether some owner hears something that no stranger does."""
        strangers = {one.outcome for one in self.strangers.values()}
        return any(one.outcome not in strangers for one in self.owners.values())


@dataclass
class Tried:
    """An operation, how it is bound, and its trials."""

    service: str
    method: str
    path: str
    reach: Reach
    trials: list[Asked] = field(default_factory=list)

    @property
    def name(self) -> str:
        """As documents have it."""
        return f"{self.service} {self.method.upper()} {self.path}"


@dataclass
class Answers:
    """Everything that was asked, and the tables that strangers changed."""

    tried: list[Tried]
    changed: dict[str, list[str]]


async def ask_all(played: Played) -> Answers:
    """Ask everything; nobody's place is touched by its owners before all strangers have asked."""
    every = {service: await ids_of(played, service, described(service)) for service in SERVICES}
    every["collection"].update(await of_payments(played))
    known = await places(played, every)
    for place in known:
        await sow(played, place, every)
    tried, changed = [], {}
    for service in SERVICES:
        document, before = described(service), await played.written(service)
        for path, item in document["paths"].items():
            for method, operation in item.items():
                one = Tried(service, method, path, reach_of(operation))
                one.trials = [
                    Asked(replace(trial, about=trial.about[:6]) if one.reach is Reach.COUNTY else trial)
                    for place in known
                    for trial in trials(document, every[service], place, method, path, operation)
                ]
                tried.append(one)
                await _ask(played, one, strangers=True)
        after = await played.written(service)
        changed[service] = [name for name, rows in after.items() if rows != before[name]]
    for one in tried:
        await _ask(played, one, strangers=False)
    return Answers(tried, changed)


async def _ask(played: Played, one: Tried, *, strangers: bool) -> None:
    for asked in one.trials:
        heard = asked.strangers if strangers else asked.owners
        for who in _who(asked.trial.about, one.reach, strangers):
            if not strangers and one.path.startswith(OF_EVERYWHERE) and who != "everywhere":
                continue
            if who == "everywhere" and one.method != "get" and not one.path.startswith(OF_EVERYWHERE):
                continue  # it has all rights of those before it
            answer = await played.ask(one.service, one.method, asked.trial.path, who, **asked.trial.more)
            heard[who] = _heard(played, answer, DIVISIONS[who])


def _who(about: str, reach: Reach, strangers: bool) -> Iterator[str]:
    """Who asks about a place: the neighbour, the other county and a third, or the place and its county."""
    county = next(name for name, (prefix, _) in COUNTIES.items() if about.startswith(prefix))
    other = next(name for name in COUNTIES if name != county)
    asking = {f"{county} A", f"{county} B", county, other, "elsewhere", "everywhere"}
    for who in sorted(asking, key=lambda who: -len(DIVISIONS[who])):
        owns = about.startswith(DIVISIONS[who])
        if reach is Reach.SHARED:
            owns = owns or DIVISIONS[who].startswith(COUNTIES[county][0])
        if owns is not strangers:
            yield who


def _heard(played: Played, answer: httpx.Response, division: str) -> Heard:
    problem = ""
    if answer.status_code >= 400:
        body: Any = answer.json() if "json" in answer.headers.get("content-type", "") else {}
        problem = str(body.get("type", "problem")).rsplit(":", 1)[-1]
    strays = played.strays(answer, division) if answer.status_code < 400 else ()
    return Heard(answer.status_code, problem, frozenset(strays), answer.content)


__all__ = ["REFUSED", "Answers", "Asked", "Heard", "Place", "Tried", "ask_all"]
