"""Villages of a scenario that report errors in people's data, and the officer who answers them."""

from pydantic import BaseModel

from canbao.replay import scenario
from canbao.replay.services import Services


class _Ticket(BaseModel):
    ticket_id: int


class _Tickets(BaseModel):
    items: list[_Ticket]


class Reporters:
    """Carries out the steps about tickets; who answers is not who reported."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def act(self, step: scenario.Ticket | scenario.AnswerTickets, key: str) -> None:
        """Carry out a step."""
        await (self._report(step, key) if isinstance(step, scenario.Ticket) else self._answer(step, key))

    async def _report(self, step: scenario.Ticket, key: str) -> None:
        body = step.model_dump(mode="json", exclude={"at"})
        await self._services.send("registration", "POST", "/v1/tickets", at=step.at, body=body, key=key)

    async def _answer(self, step: scenario.AnswerTickets, key: str) -> None:
        query = f"county={step.county}&coverage_year={step.coverage_year}&list=open&limit=1000"
        path = f"/v1/tickets?{query}"
        found = await self._services.get(_Tickets, "registration", path, at=step.at, role="approver")
        what = "resolution" if step.refuse is None else "refusal"
        body: dict[str, object] = {} if step.refuse is None else {"reason": step.refuse}
        for ticket in found.items:
            await self._services.send(
                "registration", "POST", f"/v1/tickets/{ticket.ticket_id}/{what}", at=step.at, role="approver",
                body=body, key=f"{key}-{ticket.ticket_id}",
            )  # fmt: skip
