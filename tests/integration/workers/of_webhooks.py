"""Poisons of the webhooks: a message that cannot be sent, a secret that cannot be forgotten."""

from ipaddress import ip_network
from typing import Any

import httpx

from canbao.definitions import definition
from libs.common.testing.ledger_facts import paid
from libs.common.web.outbound import Outbound
from services.webhooks.assembly import WebhooksParts
from tests.integration.webhooks.test_webhooks import Desk, lookup, person_of
from tests.integration.workers.bench import Bench, Scene, change, finds, poison


async def desk_of(bench: Bench) -> Desk:
    context = await bench.service_context("webhooks")
    app = definition("webhooks").create_app(context)
    desk = Desk(context, app, await bench.client(context, app=app))
    transport = httpx.MockTransport(desk.receive)
    context.__dict__["parts"] = WebhooksParts(Outbound((ip_network("10.9.0.0/16"),), transport, lookup))
    return desk


@poison("webhooks", "webhooks")
async def message(bench: Bench) -> Scene:
    desk = await desk_of(bench)
    await desk.subscribe()
    await desk.happens(paid(1), paid(2), paid(3))

    def answer(request: httpx.Request) -> Any:
        if person_of(request) == 1:
            raise RuntimeError("nobody thought of this")
        return 204

    desk.answer = answer
    told = "SELECT count(*) = 2 FROM deliveries WHERE state = 'taken'"
    return Scene(desk.context, finds(desk.context, told))


@poison("webhooks", "webhooks_purge")
async def secret(bench: Bench) -> Scene:
    desk = await desk_of(bench)
    number, _ = await desk.subscribe()
    await desk.happens(paid(1))
    for statement in (
        "UPDATE facts SET recorded_at = now() - interval '1000 days'",
        "UPDATE subscription_secrets SET signs_until = now() - interval '1 day'",
        """
        CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'never'; END $$
        """,
        """
        CREATE TRIGGER poison BEFORE DELETE OR UPDATE ON subscription_secrets
        FOR EACH ROW EXECUTE FUNCTION poison()
        """,
    ):
        await change(desk.context, statement)
    assert number
    return Scene(desk.context, finds(desk.context, "SELECT count(*) = 0 FROM facts"))
