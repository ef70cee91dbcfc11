"""Gathers a handover from the ledger's API: its deadline, its totals, and the papers of its parties."""

import asyncio
from dataclasses import dataclass, field

import httpx

from services.console.apis.asking import Asking, Query
from services.console.apis.rules import Refused, absent
from services.console.handovers.schemas import (
    Deadline,
    Deadlines,
    Draft,
    Paper,
    PartyState,
    PartyStates,
    Sealed,
)


@dataclass(frozen=True, slots=True)
class Way:
    """Which handover it is, in the addresses of pages and of the API."""

    county: str
    year: int
    deadline_id: str

    @property
    def page(self) -> str:
        """Its page."""
        return f"handovers/{self.county}/{self.year}/{self.deadline_id}"

    @property
    def api(self) -> str:
        """Where the ledger has it."""
        return f"/v1/{self.page}"

    @property
    def season(self) -> Query:
        """Its season, as the API is asked for it."""
        return {"county": self.county, "coverage_year": self.year}


@dataclass(frozen=True, slots=True)
class Whole:
    """A handover: sealed, as a draft, or neither yet. `papers` are of the parties that have one so far."""

    way: Way
    deadline: Deadline
    #: Whether all before it are sealed.
    its_turn: bool
    sealed: Sealed | None = None
    draft: Draft | None = None
    papers: list[Paper] = field(default_factory=list)
    states: list[PartyState] = field(default_factory=list)

    def state_of(self, party: str) -> PartyState | None:
        """How the paper of a party stands; None before it is sealed."""
        return next((one for one in self.states if one.party == party), None)


async def whole(asking: Asking, way: Way) -> Whole:
    """Gather all of it. Raises ServiceAway and Refused."""
    known = (await asking.figures(Deadlines, "ledger", "/v1/handovers", way.season)).items
    place = next((n for n, one in enumerate(known) if one.deadline_id == way.deadline_id), None)
    if place is None:
        raise absent("ledger")
    deadline, its_turn = known[place], all(one.state == "sealed" for one in known[:place])
    if deadline.state == "sealed":
        sealed, states, papers = await asyncio.gather(
            asking.get(Sealed, "ledger", way.api),
            asking.get(PartyStates, "ledger", f"{way.api}/papers"),
            _papers(asking, way, deadline.parties),
        )
        return Whole(way, deadline, its_turn, sealed, None, papers, states.items)
    draft, papers = await asyncio.gather(_draft(asking, way), _papers(asking, way, deadline.parties))
    return Whole(way, deadline, its_turn, None, draft, papers)


async def _papers(asking: Asking, way: Way, parties: list[str]) -> list[Paper]:
    found = await asyncio.gather(*(_paper(asking, way, party) for party in parties))
    return [one for one in found if one is not None]


async def _draft(asking: Asking, way: Way) -> Draft | None:
    """The draft; None before it was prepared."""
    try:
        return await asking.get(Draft, "ledger", f"{way.api}/draft")
    except Refused as refused:
        _pass_over(refused)
        return None


async def _paper(asking: Asking, way: Way, party: str) -> Paper | None:
    """The paper of a party; None before it was prepared."""
    try:
        return await paper_of(asking, way, party)
    except Refused as refused:
        _pass_over(refused)
        return None


def _pass_over(refused: Refused) -> None:
    """Pass over that something is not there yet. Raises Refused."""
    if refused.status != httpx.codes.NOT_FOUND:
        raise refused


async def paper_of(asking: Asking, way: Way, party: str) -> Paper:
    """The paper of a party. Raises ServiceAway and Refused."""
    return await asking.get(Paper, "ledger", f"{way.api}/papers/{party}")


async def state_of(asking: Asking, way: Way, party: str) -> PartyState | None:
    """How the paper of a party stands. Raises ServiceAway and Refused."""
    found = await asking.get(PartyStates, "ledger", f"{way.api}/papers")
    return next((one for one in found.items if one.party == party), None)
