"""Poisons of ledger and subsidy: an alert, and the handover of a season, that can never be kept."""

import base64
from functools import partial

from canbao.definitions import definition
from libs.common.testing.ledger_facts import on, paid
from tests.integration.ledger.conftest import Desk
from tests.integration.subsidy.conftest import VILLAGE, Season, aid
from tests.integration.workers.bench import Bench, Scene, finds, poison, refuse


async def desk_of(bench: Bench) -> Desk:
    context = await bench.service_context("ledger")
    app = definition("ledger").create_app(context)
    return Desk(context, app, await bench.client(context, app=app))


@poison("ledger", "alerts")
async def deadline(bench: Bench) -> Scene:
    desk = await desk_of(bench)
    await desk.send(paid(1, on("2020-04-15")))
    await refuse(desk.context, "cases", "subject NOT LIKE '%/main'")
    raised = "SELECT count(*) > 0 FROM cases WHERE kind = 'handover_overdue'"
    return Scene(desk.context, finds(desk.context, raised))


@poison("ledger", "handover-drafts")
async def draft(bench: Bench) -> Scene:
    """Not even why it cannot be prepared can be kept."""
    desk = await desk_of(bench)
    one = paid(1, on("2020-01-05"))
    await desk.send(one, one.model_copy(update={"county": "dongan", "payment_id": 2, "person_id": 2}))
    await refuse(desk.context, "handover_drafts", "county <> 'dongan'")
    prepared = "SELECT array_agg(county) = ARRAY['youxi'] FROM handover_drafts WHERE document IS NOT NULL"
    return Scene(desk.context, finds(desk.context, prepared))


@poison("subsidy", "alerts")
async def cards(bench: Bench) -> Scene:
    key = base64.b64encode(b"\x05" * 32).decode()
    context = await bench.service_context("subsidy", account_key=key)
    app = definition("subsidy").create_app(context)
    client = partial(bench.client, context, app=app)
    http = await client()
    season = Season(context, http, app, client, None, http)
    other = VILLAGE[:6] + "102201"
    for person, village in ((1, VILLAGE), (2, other)):
        for make, days in ((season.assessed, 1.0), (season.paid, 2.0)):
            fact, at = make(person, aid=[aid()], days=days)
            await season.send((fact.model_copy(update={"division_code": village}), at))
    await season.send(season.assessed(3, aid=[aid()], days=60.0), season.paid(3, aid=[aid()], days=61.0))
    await refuse(context, "cases", f"subject NOT LIKE '%/{VILLAGE[:9]}000'")
    raised = "SELECT count(*) = 1 FROM cases WHERE kind = 'cards_missing'"
    return Scene(context, finds(context, raised))
