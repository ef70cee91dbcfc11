"""What collectors and offices of a scenario do with village batches: hand in, send back, pass."""

from pydantic import BaseModel, JsonValue

from canbao.replay import scenario
from canbao.replay.purses import Purses
from canbao.replay.services import Services, read

_PATH = "/v1/village-batches"
_KNOWN = frozenset({403, 409, 422})
#: Doors of those who look at a batch: the township's, and the county's.
_DOORS = ("reviews", "audits")


class _Batch(BaseModel):
    batch_id: int
    state: str
    round: int
    step: str
    step_kind: str
    department: str
    people: int
    amount_fen: int


class _Batches(BaseModel):
    items: list[_Batch]


class Batches:
    """The village batches of a scenario: of each collector the last one is meant."""

    def __init__(self, services: Services, purses: Purses) -> None:
        self._services = services
        self._purses = purses

    async def act(self, step: scenario.Batch, key: str) -> str | None:
        """Carry out a step; a sentence when the answer was not expected."""
        collector_id = await self._purses.id_of(step, step.collector, key)
        if step.kind == "make":
            return await self._submit(step, await self._made(step, collector_id, key), key)
        batch = await self._last(step, collector_id)
        if batch is None:
            return "there is no batch"
        if step.kind == "submit":
            return await self._submit(step, batch, key)
        counted: dict[str, JsonValue] = {
            "people": batch.people,
            "amount_fen": batch.amount_fen,
            "money_fen": batch.amount_fen,
        }
        body: dict[str, JsonValue] = {
            "step": batch.step,
            "round": batch.round,
            "passed": step.kind == "pass",
            "counted": counted if batch.step_kind == "review" else None,
            "reason": step.reason,
            "reference": step.reference,
        }
        said = None
        for door in _DOORS:
            path = f"{_PATH}/{batch.batch_id}/{door}"
            said = await self._send(path, step, body, f"{key}-{door}", "approver")
            if said is None or "not-your-step" not in said:
                break
        return said

    async def _made(self, step: scenario.Batch, collector_id: int, key: str) -> _Batch:
        body = {"collector_id": collector_id, "coverage_year": step.coverage_year}
        send = self._services.send
        return read(_Batch, await send("collection", "POST", _PATH, at=step.at, body=body, key=f"{key}-made"))

    async def _submit(self, step: scenario.Batch, batch: _Batch, key: str) -> str | None:
        stated: dict[str, JsonValue] = {
            "people": batch.people,
            "amount_fen": batch.amount_fen if step.amount_fen is None else step.amount_fen,
        }
        return await self._send(f"{_PATH}/{batch.batch_id}/submit", step, stated, f"{key}-in", "operator")

    async def _last(self, step: scenario.Batch, collector_id: int) -> _Batch | None:
        query = f"collector_id={collector_id}&county={step.county}&coverage_year={step.coverage_year}"
        found = await self._services.get(_Batches, "collection", f"{_PATH}?limit=1000&{query}", at=step.at)
        return found.items[-1] if found.items else None

    async def _send(
        self, path: str, step: scenario.Batch, body: dict[str, JsonValue], key: str, role: str
    ) -> str | None:
        answer = await self._services.send(
            "collection", "POST", path, at=step.at, body=body, key=key, role=role, accept=_KNOWN
        )
        # A look says what it saw: played again after the batch went on, it is another request under its key.
        if answer.status_code == step.expect or "idempotency-key-reused" in answer.text:
            return None
        return f"{path} answered {answer.status_code}, {step.expect} expected: {answer.text[:300]}"
