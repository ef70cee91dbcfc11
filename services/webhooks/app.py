"""Assembles the webhooks: web application, consumer, and what tells the addresses."""

from collections.abc import Sequence

from libs.common.bus.consumer import consumer
from libs.common.cases import api as cases_api
from libs.common.cases.telling import teller
from libs.common.lookups import api as lookups_api
from libs.common.security.seals import sealer
from libs.common.service import AsgiApp, Worker
from libs.common.web.app import create_service_app, routes_of
from services.webhooks.assembly import WebhooksContext
from services.webhooks.cases.deciding import DESK
from services.webhooks.deliveries import api as deliveries_api
from services.webhooks.deliveries.delivering import deliverer
from services.webhooks.deliveries.purging import purger
from services.webhooks.facts.handlers import handlers
from services.webhooks.subscriptions import api as subscriptions_api

_TAGS = (
    {"name": "subscriptions", "description": "Who is told of what, and where; secrets, tests, replays."},
    {"name": "deliveries", "description": "What was told, what was answered, and what waits."},
    cases_api.TAG,
    lookups_api.TAG,
)


#: The doors of the rooms, in the order of the document.
_ROUTES = routes_of(
    subscriptions_api.router,
    deliveries_api.router,
    cases_api.case_router(DESK, "webhooks", decide="webhooks:write"),
    lookups_api.lookup_router("webhooks"),
)


def create_app(context: WebhooksContext) -> AsgiApp:
    """Make the web application of the service."""
    return create_service_app(
        context,
        title="Canbao webhooks",
        description=(
            "Tells addresses of others what happened: signed as Standard Webhooks have it, in order for each "
            "person, until it is taken. docs/webhooks.md says how to receive it."
        ),
        routes=_ROUTES,
        tags=_TAGS,
        max_body_bytes=64 * 1024,
    )


def workers(context: WebhooksContext) -> Sequence[Worker]:
    """Make what runs beside the web application."""
    return (
        consumer(context, "webhooks", handlers(context.notices)),
        sealer(context),
        deliverer(context),
        purger(context),
        teller(context, DESK),
    )
