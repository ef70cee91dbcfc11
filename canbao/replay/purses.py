"""What collectors of a scenario do: take money by hand, and bring it to the bank."""

from collections.abc import Mapping

from pydantic import BaseModel, JsonValue

from canbao.replay import scenario
from canbao.replay.collectors import Collector
from canbao.replay.services import Services, read

_KNOWN = frozenset({409, 422})
_Step = scenario.Cash | scenario.Deposit | scenario.Paper
_OfCollector = _Step | scenario.Batch


class _Collector(BaseModel):
    collector_id: int
    division_code: str
    channel: str
    title: str


class _Collectors(BaseModel):
    items: list[_Collector]
    next_after: str | None


class _Position(BaseModel):
    collector_id: int
    coverage_year: int
    in_hand_fen: int


class _Positions(BaseModel):
    items: list[_Position]


class Purses:
    """The collectors of a scenario, each registered when it first acts."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._ids: dict[tuple[str, Collector], int] = {}

    async def act(self, step: _Step, key: str) -> str | None:
        """Carry out a step of a collector; a sentence when the answer was not expected."""
        if isinstance(step, scenario.Cash):
            return await self.take(step, key)
        return await (self.move(step, key) if isinstance(step, scenario.Paper) else self.deposit(step, key))

    async def move(self, step: scenario.Paper, key: str) -> str | None:
        """Have numbers of paper go to a collector or an office, or declare something of them."""
        body = step.model_dump(exclude={"at", "collector", "expect"}, exclude_none=True)
        if step.collector is not None:
            body["collector_id"] = await self.id_of(step, step.collector, key)
        return await self._send("/v1/voucher-moves", step, body, f"{key}-moved")

    async def take(self, step: scenario.Cash, key: str) -> str | None:
        """Record receipts; a sentence when the answer is another than the step expects."""
        body = {
            "collector_id": await self.id_of(step, step.collector, key),
            "coverage_year": step.coverage_year,
            "receipts": step.receipts,
        }
        return await self._send("/v1/cash-receipts", step, body, f"{key}-taken")

    async def deposit(self, step: scenario.Deposit, key: str) -> str | None:
        """Record a slip; `all` is what the collector has in hand."""
        collector_id = await self.id_of(step, step.collector, key)
        fen: int | str = step.amount_fen
        if fen == "all":
            fen = await self._in_hand(step, collector_id)
            if not fen:
                return None
        body: dict[str, JsonValue] = {
            "collector_id": collector_id,
            "coverage_year": step.coverage_year,
            "amount_fen": fen,
            "slip_no": step.slip_no,
            "deposited_at": step.at.isoformat(),
        }
        return await self._send("/v1/cash-deposits", step, body, f"{key}-slip")

    async def _in_hand(self, step: scenario.Deposit, collector_id: int) -> int:
        """What a collector has; positions are in the order of collectors."""
        path = f"/v1/cash-positions?county={step.county}&after={collector_id - 1}&limit=1"
        found = await self._services.get(_Positions, "collection", path, at=step.at)
        mine = (collector_id, step.coverage_year)
        return sum(one.in_hand_fen for one in found.items if (one.collector_id, one.coverage_year) == mine)

    async def _send(self, path: str, step: _Step, body: Mapping[str, object], key: str) -> str | None:
        answer = await self._services.send(
            "collection", "POST", path, at=step.at, body=body, key=key, accept=_KNOWN
        )
        if answer.status_code == step.expect:
            return None
        return f"{path} answered {answer.status_code}, {step.expect} expected: {answer.text[:300]}"

    async def id_of(self, step: _OfCollector, collector: Collector, key: str) -> int:
        """Register the collector, or find the one that an earlier play has registered."""
        who = step.county, collector
        if who not in self._ids:
            body = {"county": step.county, "coverage_year": step.coverage_year, **collector.model_dump()}
            answer = await self._services.send(
                "collection",
                "POST",
                "/v1/collectors",
                at=step.at,
                body=body,
                key=f"{key}-known",
                accept=_KNOWN,
            )
            known = answer.status_code == 409
            self._ids[who] = (
                await self._find(step, collector) if known else read(_Collector, answer).collector_id
            )
        return self._ids[who]

    async def _find(self, step: _OfCollector, collector: Collector) -> int:
        after: str | None = "0"
        while after is not None:
            path = f"/v1/collectors?limit=1000&county={step.county}&after={after}"
            page = await self._services.get(_Collectors, "collection", path, at=step.at)
            for one in page.items:
                if Collector.model_validate(one.model_dump(exclude={"collector_id"})) == collector:
                    return one.collector_id
            after = page.next_after
        raise LookupError(f"there is no collector {collector.title}")
