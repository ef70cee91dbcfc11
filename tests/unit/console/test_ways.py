"""Where a work list leads: to a page for who may open it, and to no other."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from services.console.apis.rules import ServiceAway
from services.console.home.counting import work
from services.console.worklists import gathering_tax, gathering_township
from services.console.worklists.asking import Wanted
from services.console.worklists.rules import LISTS, Table

AT = "2019-11-20T09:00:00+08:00"
REFUND = {
    "refund_id": 7, "person_id": 12, "division_code": "350426101203", "channel": "tax", "amount_fen": 25000,
    "reason": "already_paid", "state": "requested", "requested_by": "system", "requested_at": AT,
    "decided_by": None, "payout_state": None,
}  # fmt: skip

BATCH = {
    "batch_id": 1, "division_code": "350426101203", "collector_id": 1, "state": "open",
    "round": 1, "step": "tax-audit", "step_kind": "review", "department": "tax", "owner": "tax_officer",
    "opened_by": "village", "since_at": AT, "due_on": None, "overdue": True, "lines": 1, "people": 1,
    "amount_fen": 25000, "stated_fen": None,
}  # fmt: skip
TICKET = {
    "ticket_id": 3, "division_code": "350426101203", "person_id": 12, "name": "苏军霞", "kind": "name",
    "wrong": "同音字", "reported_by": "village", "reported_at": AT, "due_on": None, "overdue": False,
    "state": "reported",
}  # fmt: skip


@dataclass
class Says:
    """A service that has one thing on every list."""

    role: str
    item: dict[str, Any]

    @property
    def visitor(self) -> Any:
        return SimpleNamespace(role=self.role, division="350426", name="officer")

    async def get(self, shape: Any, service: str, path: str, query: Any) -> Any:
        return shape.model_validate({"items": [self.item], "next_after": None})


def wanted(role: str, item: dict[str, Any], name: str) -> Wanted:
    part = LISTS[name].parts[0][0]
    return Wanted(Says(role, item), None, part)  # type: ignore[arg-type]


def pages(table: Table) -> list[str]:
    return [cell.page for row in table.rows for cell in row if cell.page]


class TestRefunds:
    @pytest.mark.parametrize(("role", "ways"), [("tax_officer", ["persons/12"]), ("finance_officer", [])])
    async def test_lead_to_a_person_only_who_may_see_the_person(self, role, ways):
        assert pages(await gathering_tax.refunds(wanted(role, REFUND, "refunds"))) == ways


class TestTickets:
    @pytest.mark.parametrize("role", ["village_agent", "medical_insurance_officer"])
    async def test_lead_to_where_they_are_answered_or_taken_back(self, role):
        assert pages(await gathering_township.tickets(wanted(role, TICKET, "tickets"))) == ["tickets/3"]


class TestBatches:
    async def test_are_listed_of_all_seasons_of_which_they_are_counted(self):
        class Batches(Says):
            async def get(self, shape: Any, service: str, path: str, query: Any = None) -> Any:
                if path != "/v1/village-batches":
                    raise ServiceAway(service)
                return await super().get(shape, service, path, query)

        counted = await work(Batches("tax_officer", BATCH))  # type: ignore[arg-type]

        found = [one.page for one in (*counted.own, *counted.others)]
        assert len(found) == 3 and not LISTS["batches"].by_season
        assert all(page.startswith("work/batches?part=") for page in found)
