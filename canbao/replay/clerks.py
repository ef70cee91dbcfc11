"""What the clerk of a unit does: has it registered, sends its list, and orders for those on it."""

from pydantic import BaseModel

from canbao.replay import scenario
from canbao.replay.channels import Channels
from canbao.replay.credentials import UNIT
from canbao.replay.services import Services, read
from canbao.simulator.standard_webhook import SignedRequest

_CLERK = "unit_clerk"


class _Refused(BaseModel):
    refused: int


class _Ordered(BaseModel):
    order_no: str
    amount_fen: int


class Clerks:
    """Carries out the steps of a unit."""

    def __init__(self, services: Services, channels: Channels) -> None:
        self._services = services
        self._channels = channels

    async def send(self, step: scenario.UnitList, key: str) -> str | None:
        """Register the unit and send its list; a sentence when a line was refused."""
        season = {"county": step.county, "coverage_year": step.coverage_year}
        unit = season | step.model_dump(include={"rule", "name", "division_code"}) | {"code": UNIT}
        send = self._services.send
        await send("registration", "POST", "/v1/units", at=step.at, body=unit, key=f"{key}-unit")
        body = season | {"lines": step.lines, "replaces": step.replaces}
        answer = await send(
            "registration", "POST", "/v1/unit-lists", at=step.at, role=_CLERK, body=body, key=key
        )
        refused = read(_Refused, answer).refused
        return f"{refused} lines were refused: {answer.text[:300]}" if refused else None

    async def order(self, step: scenario.UnitOrder, key: str) -> SignedRequest:
        """Order for the list; give what the channel tells of the payment."""
        season = {"county": step.county, "coverage_year": step.coverage_year}
        answer = await self._services.send(
            "collection",
            "POST",
            "/v1/unit-orders",
            at=step.at,
            role=_CLERK,
            body=season | {"channel": step.channel},
            key=key,
        )
        order = read(_Ordered, answer)
        return self._channels.unit_notification(step, order.order_no, order.amount_fen)
