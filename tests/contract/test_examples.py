"""The examples of the documents work one after the other, from registering to the handover.

Every request is the example of its operation. Only ids that the system gives are carried forward, by name.
"""

import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import uuid4

import httpx
import pytest

from canbao.definitions import SERVICES, definition
from canbao.documents import application, openapi_of
from canbao.embedded_state import EmbeddedState
from canbao.simulator.standard_webhook import WebhookSender
from libs.common.clock import CLOCK_HEADER
from libs.common.testing.waiting import eventually

Json = Any


@cache
def operations() -> dict[str, tuple[str, str, str, Json]]:
    """Service, method, path and description of every operation, by its id."""
    found = {}
    for service in SERVICES:
        document = openapi_of(application(service))
        for path, item in document["paths"].items():
            for method, said in item.items():
                found[said["operationId"]] = (service, method, path, said)
    return found


def example_of(operation_id: str) -> tuple[str, Json]:
    """Media type and example of the body of an operation."""
    service, _, _, said = operations()[operation_id]
    kind, media = next(iter(said["requestBody"]["content"].items()))
    schema = media["schema"]
    choices = schema.get("anyOf", [schema])
    named = next((choice for choice in choices if "$ref" in choice), {})
    if named:
        name = named["$ref"].rsplit("/", 1)[1]
        schema = openapi_of(application(service))["components"]["schemas"][name]
    if "example" in media:
        return kind, media["example"]
    if "examples" in media:
        return kind, next(iter(media["examples"].values()))["value"]
    return kind, schema["example"] if "example" in schema else schema["examples"][0]


def carried(value: Json, ids: dict[str, Json]) -> Json:
    """Put the ids that the system gave in the place of those of the example."""
    if isinstance(value, dict):
        return {name: ids[name] if name in ids else carried(member, ids) for name, member in value.items()}
    return [carried(item, ids) for item in value] if isinstance(value, list) else value


@dataclass
class Reader:
    """Somebody who follows the documents and keeps what the system answers."""

    clients: dict[str, httpx.AsyncClient]
    ids: dict[str, Json] = field(default_factory=dict)

    def at(self, instant: str) -> None:
        """Let the season go on to an instant."""
        for client in self.clients.values():
            client.headers[CLOCK_HEADER] = instant

    async def send(self, operation_id: str, who: str = "", **query: Json) -> Json:
        """Send the example of an operation; give the answer, which is no refusal."""
        service, method, path, said = operations()[operation_id]
        request: dict[str, Json] = {"headers": {}, "params": query}
        if any(parameter["name"] == "idempotency-key" for parameter in said.get("parameters", ())):
            request["headers"]["idempotency-key"] = f'"{uuid4()}"'
        if "requestBody" in said:
            kind, body = example_of(operation_id)
            request["headers"]["content-type"] = kind
            if kind == "application/json":
                request["json"] = carried(body, self.ids)
            else:
                request["content"] = str(body).replace("P0000000001-01", self.ids["payout_no"])
        answer = await self.clients[who or service].request(method, path.format_map(self.ids), **request)
        assert answer.status_code < 300, f"{operation_id}: {answer.text}"
        return answer.json() if "json" in answer.headers["content-type"] else answer.text

    async def wait_for(self, operation_id: str, holds: Callable[[Json], object], **query: Json) -> Json:
        """Ask until the answer is as wanted; events travel meanwhile."""
        last: list[Json] = []

        async def asked() -> bool:
            try:
                last[:] = [await self.send(operation_id, **query)]
            except AssertionError:
                return False
            return bool(holds(last[0]))

        try:
            await eventually(asked)
        except TimeoutError:
            raise AssertionError(f"{operation_id} stays at {last}") from None
        return last[0]


@pytest.fixture
async def reader(
    service_context: Callable[..., Awaitable[Json]],
    client: Callable[..., Awaitable[httpx.AsyncClient]],
    running: Callable[..., Awaitable[None]],
    signing_key: Any,
    tmp_path: Any,
) -> Reader:
    """All four services with one clock, and somebody who may do everything."""
    contexts = {
        name: await service_context(name, **EmbeddedState(tmp_path).defaults(name)) for name in SERVICES
    }
    apps = {name: definition(name).create_app(context) for name, context in contexts.items()}
    operations()  # Takes seconds, in which workers that are about to connect would be kept waiting.
    await running(*contexts.values())
    clients = {name: await client(context, app=apps[name]) for name, context in contexts.items()}
    chief = signing_key.issue("chief", ["subsidy:read", "subsidy:approve"], "*")
    chiefs = await client(contexts["subsidy"], app=apps["subsidy"], token=chief)
    return Reader(clients | {"chief": chiefs})


async def notify(reader: Reader, tmp_path: Any) -> None:
    """Send the example of a payment, signed as its channel signs."""
    import orjson

    _, body = example_of("notify_by_webhook")
    secret = EmbeddedState(tmp_path).webhook_secrets()["tax"][0]
    signed = WebhookSender("tax", (secret,)).sign(
        orjson.dumps(body), f"msg_{secrets.token_hex(4)}", int(time.time())
    )
    answer = await reader.clients["collection"].post(signed.path, content=signed.body, headers=signed.headers)
    assert answer.status_code < 300, answer.text


async def test_the_examples_play_a_season(reader: Reader, tmp_path: Any) -> None:
    county = {"county": "youxi", "coverage_year": 2020}

    reader.at("2019-11-20T09:00:00+08:00")
    registered = await reader.send("register_households")
    assert registered["rejected"] == []
    await reader.send("search_persons")
    found = await reader.wait_for("search_dues", lambda due: due["due"] and due["family"])
    reader.ids["person_ids"] = [found["person_id"], found["family"][0]["person_id"]]
    reader.ids["person_id"] = found["person_id"]

    order = await reader.send("create_order")
    reader.ids["order_no"] = order["order_no"]
    assert (await reader.send("cancel_order"))["state"] == "cancelled"

    reader.at("2019-11-20T10:00:05+08:00")
    await notify(reader, tmp_path)
    paid = await reader.wait_for(
        "find_payments",
        lambda page: page["items"] and page["items"][0]["state"] == "matched",
        transaction_no="T20191120000001",
    )
    payment = paid["items"][0]
    reader.ids |= {
        "payment_id": payment["payment_id"],
        "voucher_no": payment["lines"][0]["voucher_no"],
    }
    reader.ids["code"] = (await reader.send("get_voucher"))["code"]
    assert (await reader.send("verify_voucher"))["valid"]

    reader.at("2019-12-11T09:00:00+08:00")
    assert (await reader.send("send_roster"))["rejected"] == []
    assert (await reader.send("register_cards"))["rejected"] == []
    payouts = await reader.wait_for(
        "list_payouts", lambda page: page["items"] and page["items"][0]["state"] == "ready", **county
    )
    assert payouts["items"][0]["amount_fen"] == 25_000
    await settle(reader, number=1)

    refund = await reader.send("create_refund")
    reader.ids["refund_id"] = refund["refund_id"]
    await reader.send("approve", who="chief")
    await settle(reader, number=2)
    await reader.wait_for("get_refund", lambda refund: refund["state"] == "paid")

    movement = await reader.send("record_movement")
    reader.ids["movement_id"] = movement["movement_id"]
    await reader.send("reverse_movement")

    reader.at("2020-01-02T09:00:00+08:00")
    reader.ids |= county | {"deadline_id": "main"}
    await reader.wait_for("live_totals", lambda totals: "25000" in str(totals), **county)
    sealed = await reader.send("close_handover")
    assert sealed["sha256"]
    verified = await reader.send("verify_handover")
    assert verified["identical"], verified

    months = (await reader.send("list_periods", county="youxi"))["items"]
    reader.ids["month"] = months[0]["month"]
    assert (await reader.send("lock_period"))["state"] == "locked"
    assert (await reader.send("examine_period"))["items"] == []
    assert (await reader.send("close_period"))["state"] == "waiting"


async def settle(reader: Reader, number: int) -> None:
    """Make a payout batch and take in what the bank did."""
    await reader.send("draw_verifications")
    await reader.send("decide_verification_lines")
    batch = await reader.send("create_payout_batch")
    reader.ids |= {"batch_id": batch["batch_id"], "approval_id": batch["approval_id"]}
    await reader.send("approve_subsidy_approval", who="chief")
    assert f"P{number:010d}-01" in await reader.send("get_payout_file")
    reader.ids["payout_no"] = f"P{number:010d}-01"
    await reader.send("take_payout_results")
