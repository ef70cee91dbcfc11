"""Assembles the collection service: its web application with the intake in front, and its workers."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from libs.common.bus.consumer import TopicHandler, consumer
from libs.common.bus.relay import relay
from libs.common.cases import api as cases_api
from libs.common.cases.telling import teller
from libs.common.events import registration, subsidy
from libs.common.lookups import api as lookups_api
from libs.common.security.rates import AddressRate
from libs.common.security.seals import sealer
from libs.common.service import AsgiMapping, Worker
from libs.common.web.app import create_service_app, routes_of
from libs.common.web.frame import RequestFrame
from services.collection.alarms import alarms
from services.collection.assembly import CollectionContext
from services.collection.batches import api as batches_api
from services.collection.books import api as books_api
from services.collection.cases.deciding import DESK
from services.collection.cash import api as cash_api
from services.collection.cash import template_api as cash_template_api
from services.collection.certificates import api as certificates_api
from services.collection.channel_refunds import api as channel_refunds_api
from services.collection.channel_refunds.sending import sender
from services.collection.days import api as days_api
from services.collection.daytotals.totalling import totaller
from services.collection.debit_files import api as debit_files_api
from services.collection.debits import api as debits_api
from services.collection.debits.making import maker
from services.collection.deposits import api as deposits_api
from services.collection.deposits.rules import MOST_PHOTO_BYTES
from services.collection.differences.comparing import comparer
from services.collection.dues import api as dues_api
from services.collection.dues import handlers as dues_handlers
from services.collection.exchange import api as exchange_api
from services.collection.exchange.rules import MOST_ANSWER_BYTES
from services.collection.exchange.scheduling import exchanger
from services.collection.fees import api as fees_api
from services.collection.fees.booking import booker
from services.collection.files import api as files_api
from services.collection.files.reading import reader
from services.collection.intake import api as intake_api
from services.collection.intake.receiving import MAX_BODY_BYTES, Intake, IntakeInFront
from services.collection.letters import api as letters_api
from services.collection.mandates import api as mandates_api
from services.collection.matches import api as matches_api
from services.collection.matching.lease_store import hold_lease
from services.collection.notifications import api as notifications_api
from services.collection.orders import api as orders_api
from services.collection.parked import api as parked_api
from services.collection.payments import api as payments_api
from services.collection.persons import api as persons_api
from services.collection.queries import api as queries_api
from services.collection.queries.asking import asker
from services.collection.refunds import handlers as refunds_handlers
from services.collection.returns import api as returns_api
from services.collection.secrets import api as secrets_api
from services.collection.secrets.loading import loader
from services.collection.settlements.comparing import settler
from services.collection.settlements.comparing_slips import slip_comparer
from services.collection.suspense import api as suspense_api
from services.collection.tallies import api as tallies_api
from services.collection.tallies.keeping import keep_last, keeper
from services.collection.units import api as units_api
from services.collection.vouchers import api as vouchers_api
from services.collection.writeoffs import api as writeoffs_api

_DESCRIPTION = """\
Takes signed payment notifications of every channel, gives each fen its place (applied, or in suspense with a
reason), and serves mini-program backends: what is owed and why, orders for a family, electronic vouchers."""
_TAGS = (
    {"name": "channels", "description": "Signed notifications of banks, the tax office and wallets."},
    {"name": "dues", "description": "What a person owes and why."},
    {"name": "orders", "description": "One payment for several people."},
    {"name": "units", "description": "Orders and receipts of schools and other units, for their lists."},
    {"name": "payments", "description": "Payments and where each part of the money went."},
    {"name": "suspense", "description": "Money whose place is not found yet."},
    {"name": "vouchers", "description": "Electronic vouchers and their verification."},
    {"name": "certificates", "description": "Receipts and certificates as PDF, checked by anybody."},
    {"name": "cash", "description": "Money taken by hand: who took it, the paper, and its way to the bank."},
    {"name": "batches", "description": "What villages hand in and departments check: paper, file and money."},
    {"name": "books", "description": "Books of numbered paper: who holds which, the month, the write-off."},
    {"name": "debits", "description": "What banks debit from accounts: mandates, batches, results."},
    {"name": "files", "description": "What channels say of a day, as files."},
    {"name": "exchange", "description": "Dues, payments and statuses for tax and medical insurance."},
    cases_api.TAG,
    lookups_api.TAG,
)


#: The doors of the rooms, in the order of the document.
_ROUTES = routes_of(
    intake_api.router,
    dues_api.router,
    orders_api.router,
    units_api.router,
    payments_api.router,
    notifications_api.router,
    persons_api.router,
    suspense_api.router,
    channel_refunds_api.router,
    vouchers_api.router,
    certificates_api.router,
    parked_api.router,
    returns_api.router,
    cash_template_api.router,
    cash_api.router,
    deposits_api.router,
    batches_api.router,
    books_api.router,
    matches_api.router,
    writeoffs_api.router,
    *(files_api.router, days_api.router, fees_api.router, letters_api.router, exchange_api.router),
    queries_api.router,
    *(secrets_api.router, tallies_api.router),
    *(mandates_api.router, debits_api.router, debit_files_api.router),
    cases_api.case_router(DESK, "collection", decide="collection:write"),
    lookups_api.lookup_router("collection"),
    pages=(certificates_api.page,),
)


def create_app(context: CollectionContext) -> IntakeInFront:
    """Make the web application; notifications are answered before the framework sees them."""
    parts = context.parts
    app = create_service_app(
        context,
        title="Canbao collection",
        description=_DESCRIPTION,
        routes=_ROUTES,
        tags=_TAGS,
        max_body_bytes=1024 * 1024,
        larger_bodies=_larger_bodies(context),
    )
    intake = Intake(parts.keys, parts.commits, context.clock, parts.metrics, parts.tallies, _rate_of(context))
    return IntakeInFront(app, RequestFrame(intake, context, max_body_bytes=MAX_BODY_BYTES))


def _larger_bodies(context: CollectionContext) -> Mapping[str, int]:
    """Which paths take more than a form does.

    Of a photo a little more gets the answer that says what is wrong: the form around it.
    """
    return {
        "/v1/cash-deposits": MOST_PHOTO_BYTES + 64 * 1024,
        "/v1/debit-batches": 64 * 1024 * 1024,
        "/v1/debit-results": 64 * 1024 * 1024,
        "/v1/channel-files": context.settings.file_limit_mib * 1024 * 1024,
        "/v1/exchange-batches": MOST_ANSWER_BYTES,
    }


def _rate_of(context: CollectionContext) -> Callable[[AsgiMapping], None]:
    """What counts notifications of an address: twice what one process can store, and none is lost by it."""
    rate = AddressRate("callbacks", context.settings.callbacks_per_minute)
    return partial(context.throttle.count, rate, "callbacks")


HANDLERS = {
    registration.TOPIC: TopicHandler(dues_handlers.on_registration, dues_handlers.TYPES, hold_lease),
    subsidy.TOPIC: TopicHandler(refunds_handlers.on_subsidy, refunds_handlers.TYPES, hold_lease),
}


def workers(context: CollectionContext) -> Sequence[Worker]:
    """The matcher, what time brings, files and gateways of channels, consumer, relay, seals, intake."""
    parts = context.parts

    async def intake(stop: asyncio.Event) -> None:
        await stop.wait()
        await parts.commits.close()
        await keep_last(context)
        await parts.placing.close()
        parts.printing.close()

    return [
        Worker("matcher", parts.matcher.run),
        *alarms(context),
        reader(context),
        maker(context),
        comparer(context),
        asker(context),
        sender(context),
        settler(context),
        booker(context),
        totaller(context),
        slip_comparer(context),
        exchanger(context),
        loader(context),
        keeper(context),
        teller(context, DESK),
        consumer(context, "collection", HANDLERS),
        relay(context),
        sealer(context),
        Worker("intake", intake),
    ]
