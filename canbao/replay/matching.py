"""Finance of a scenario: who bears its match, which two people agree on, and money of it that comes."""

from pydantic import BaseModel

from canbao.replay.deeds import MatchArrivals, MatchTerms
from canbao.replay.keys import Keys
from canbao.replay.services import JsonObject, Services, read

_PATH = "/v1/fiscal-match"


class _Asked(BaseModel):
    approval_id: int


class _Level(BaseModel):
    level: str
    missing_fen: int


class _State(BaseModel):
    levels: list[_Level]


async def match(services: Services, step: MatchTerms | MatchArrivals, keys: Keys) -> None:
    """Do what finance does about its match."""
    if isinstance(step, MatchTerms):
        await _agree_on_terms(services, step, keys)
    else:
        await _receive(services, step, keys)


async def _agree_on_terms(services: Services, step: MatchTerms, keys: Keys) -> None:
    """Enter the match per head and who bears it as one person, agree as another."""
    body = step.model_dump(mode="json", exclude={"at"})
    path = f"{_PATH}/terms"
    asked = await services.send("ledger", "POST", path, at=step.at, body=body, key=keys.of("terms"))
    agree = f"/v1/approvals/{read(_Asked, asked).approval_id}/approve"
    await services.send(
        "ledger", "POST", agree, at=step.at, role="approver", body={}, key=keys.of("agree")
    )  # fmt: skip


async def _receive(services: Services, step: MatchArrivals, keys: Keys) -> None:
    """Enter all that is missing of the match as arrived, a paper for each level."""
    books = f"county={step.county}&coverage_year={step.coverage_year}"
    state = read(_State, await services.send("ledger", "GET", f"{_PATH}?{books}", at=step.at))
    come: list[JsonObject] = [
        {
            "payer": one.level,
            "reference": f"{step.reference}-{one.level}",
            "amount_fen": one.missing_fen,
            "arrived_at": step.at.isoformat(),
        }
        for one in state.levels
        if one.missing_fen > 0
    ]
    if come:
        body: JsonObject = {
            "county": step.county,
            "coverage_year": step.coverage_year,
            "arrivals": [*come],
        }
        path = f"{_PATH}/arrivals"
        await services.send("ledger", "POST", path, at=step.at, body=body, key=keys.of("arrived"))
