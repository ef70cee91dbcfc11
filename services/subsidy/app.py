"""Assembles the subsidy service: web application, consumer and relay."""

from collections.abc import Awaitable, Callable, Sequence

from libs.common.bus.consumer import TopicHandler, consumer
from libs.common.bus.relay import relay
from libs.common.cases import api as cases_api
from libs.common.cases.telling import teller
from libs.common.events import collection, registration
from libs.common.lookups import api as lookups_api
from libs.common.security.seals import sealer
from libs.common.service import AsgiApp, Worker
from libs.common.web.app import create_service_app, routes_of
from libs.common.web.frame import MEBIBYTE
from services.subsidy.alarms import alarms
from services.subsidy.arrivals import api as arrivals_api
from services.subsidy.assembly import SubsidyContext
from services.subsidy.cards import api as cards_api
from services.subsidy.cases.deciding import DESK
from services.subsidy.funds import api as funds_api
from services.subsidy.incoming.handlers import (
    COLLECTION_FACTS,
    REGISTRATION_FACTS,
    on_collection,
    on_registration,
)
from services.subsidy.payout_batches import api as batch_api
from services.subsidy.payouts import api as payouts_api
from services.subsidy.payouts.store import payout_counts
from services.subsidy.persons import api as persons_api
from services.subsidy.refunds import api as refunds_api
from services.subsidy.verifications import api as verifications_api

_TAGS = (
    {"name": "entitlements", "description": "Who is helped, by whom, how and why."},
    {
        "name": "cards",
        "description": "Accounts of social-security cards, sealed at rest and masked in output.",
    },
    {"name": "payouts", "description": "Reimbursements and refunds to cards: batches, bank files, results."},
    {
        "name": "verifications",
        "description": "Rosters of who is to be subsidized, verified line by line before money goes.",
    },
    {"name": "funds", "description": "Money for help: applied for, confirmed by finance, arrived."},
    {"name": "refunds", "description": "Money given back: requested by one person, decided by another."},
    cases_api.TAG,
    lookups_api.TAG,
)


#: The doors of the rooms, in the order of the document.
_ROUTES = routes_of(
    persons_api.router,
    cards_api.router,
    payouts_api.router,
    batch_api.router,
    refunds_api.router,
    verifications_api.router,
    funds_api.router,
    arrivals_api.router,
    cases_api.case_router(DESK, "subsidy", decide="subsidy:approve"),
    lookups_api.lookup_router("subsidy"),
)


def create_app(context: SubsidyContext) -> AsgiApp:
    """Make the web application of the service."""
    app = create_service_app(
        context,
        title="Canbao subsidy",
        description=(
            "Decides by the notice who is helped with the contribution, pays reimbursements and refunds to "
            "social-security cards, and takes in what the banks answered."
        ),
        routes=_ROUTES,
        tags=_TAGS,
        larger_bodies={"/v1/payout-batches": 64 * MEBIBYTE},
    )
    context.readiness.add("account_key", context.parts.check)
    context.metrics.gauge_from("canbao_payouts", "Payouts by state.", "state", _payout_states(context))
    return app


def _payout_states(context: SubsidyContext) -> Callable[[], Awaitable[dict[str, int]]]:
    async def measure() -> dict[str, int]:
        async with context.engine.begin() as conn:
            return await payout_counts(conn)

    return measure


HANDLERS = {
    registration.TOPIC: TopicHandler(on_registration, REGISTRATION_FACTS),
    collection.TOPIC: TopicHandler(on_collection, COLLECTION_FACTS),
}


def workers(context: SubsidyContext) -> Sequence[Worker]:
    """Make what runs beside the web application."""
    return (
        relay(context),
        sealer(context),
        consumer(context, "subsidy", HANDLERS),
        *alarms(context),
        teller(context, DESK),
    )
