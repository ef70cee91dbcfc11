"""Assembles the ledger service: web application, consumer and relay."""

from collections.abc import Sequence

from libs.common.bus.consumer import consumer
from libs.common.bus.relay import relay
from libs.common.cases import api as cases_api
from libs.common.cases.telling import teller
from libs.common.lookups import api as lookups_api
from libs.common.security.seals import sealer
from libs.common.service import AsgiApp, Worker
from libs.common.web.app import create_service_app, routes_of
from services.ledger.access import LedgerContext
from services.ledger.accounts import api as accounts_api
from services.ledger.alarms import alarms
from services.ledger.arrivals import api as arrivals_api
from services.ledger.cases.deciding import DESK
from services.ledger.daytotals import api as daytotals_api
from services.ledger.debts import api as debts_api
from services.ledger.facts.handlers import HANDLERS
from services.ledger.handovers import api as handovers_api
from services.ledger.journal import api as journal_api
from services.ledger.matches import api as matches_api
from services.ledger.movements import api as movements_api
from services.ledger.papers import api as papers_api
from services.ledger.papers import figures_api
from services.ledger.paths import api as paths_api
from services.ledger.periods import api as periods_api
from services.ledger.postings import api as postings_api
from services.ledger.totals import api as totals_api
from services.ledger.work_funds import api as work_funds_api

_TAGS = (
    {"name": "accounts", "description": "Where the money stands."},
    {"name": "postings", "description": "The journal: append-only, from one account to another."},
    {"name": "movements", "description": "Money moved on: settlement, treasury, finance, city."},
    {"name": "channel debts", "description": "What channels owe, day by day, and which slips paid it."},
    {"name": "money path", "description": "The way of the money by the notice: what waits where, for whom."},
    {"name": "totals", "description": "Heads and money by payer, township and channel, as known now."},
    {"name": "handovers", "description": "The same totals at a deadline of the notice, sealed with a hash."},
    {
        "name": "fiscal match",
        "description": "What finance adds per head: owed by level, and arrived.",
    },
    {
        "name": "work funds",
        "description": "Money of the county for the work of its units: owed by the signed score sheet, paid.",
    },
    {"name": "periods", "description": "Accounting months: open, locked, closed, in order."},
    {"name": "journal", "description": "A month as accountants book it: numbered entries, debit and credit."},
    {
        "name": "papers",
        "description": "What each party of a handover signs, beside its own figures.",
    },
    cases_api.TAG,
    lookups_api.TAG,
)


#: The doors of the rooms, in the order of the document.
_ROUTES = routes_of(
    accounts_api.router,
    postings_api.router,
    movements_api.router,
    debts_api.router,
    totals_api.router,
    handovers_api.router,
    papers_api.router,
    figures_api.router,
    paths_api.router,
    matches_api.router,
    work_funds_api.router,
    arrivals_api.router,
    periods_api.router,
    journal_api.router,
    cases_api.case_router(DESK, "ledger", decide="ledger:close"),
    lookups_api.lookup_router("ledger"),
    daytotals_api.router,
)


def create_app(context: LedgerContext) -> AsgiApp:
    """Make the web application of the service."""
    return create_service_app(
        context,
        title="Canbao ledger",
        description=(
            "Posts every fact about dues, payments, subsidies and refunds, says where the money stands, and "
            "hands over sealed totals at each deadline of the notice."
        ),
        routes=_ROUTES,
        tags=_TAGS,
    )


def workers(context: LedgerContext) -> Sequence[Worker]:
    """Make what runs beside the web application."""
    return (
        relay(context),
        sealer(context),
        consumer(context, "ledger", HANDLERS),
        *alarms(context),
        teller(context, DESK),
    )
