"""Assembles the console: its pages, and what is answered where there is none."""

import asyncio
from collections.abc import Sequence

from fastapi import Request
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.responses import Response

from libs.common.cases.lockouts import count_lockouts
from libs.common.service import AsgiApp, Worker
from libs.common.web.app import create_service_app, routes_of
from libs.common.web.errors import problem_of_status, problem_response
from services.console.access import remember
from services.console.assembly import ConsoleContext
from services.console.audits import api as audits_api
from services.console.books import api as books_api
from services.console.bulk import api as bulk_api
from services.console.bulletins import api as bulletins_api
from services.console.cards import api as cards_api
from services.console.channel_batches import api as channel_batches_api
from services.console.channel_days import api as channel_days_api
from services.console.channel_debts import api as channel_debts_api
from services.console.channel_refunds import api as channel_refunds_api
from services.console.channels import api as channels_api
from services.console.checks import api as checks_api
from services.console.counters import api as counters_api
from services.console.dead_letters import api as dead_letters_api
from services.console.decisions import api as decisions_api
from services.console.deposits import api as deposits_api
from services.console.files import api as files_api
from services.console.files.handing import MOST_MIB as MOST_OF_LISTS_MIB
from services.console.funds import api as funds_api
from services.console.handovers import api as handovers_api
from services.console.helps import api as helps_api
from services.console.histories import api as histories_api
from services.console.home import api as home_api
from services.console.lists import api as lists_api
from services.console.merges import api as merges_api
from services.console.money_files import api as money_files_api
from services.console.money_files.rules import MOST_MIB
from services.console.notices import api as notices_api
from services.console.pages.failing import answer_failure
from services.console.pages.rendering import STATIC
from services.console.parked import api as parked_api
from services.console.payout_batches import api as payout_batches_api
from services.console.periods import api as periods_api
from services.console.persons import api as persons_api
from services.console.pictures import api as pictures_api
from services.console.provider import api as provider_api
from services.console.receipts import api as receipts_api
from services.console.refunds import api as refunds_api
from services.console.score_entries import api as score_entries_api
from services.console.scores import api as scores_api
from services.console.session import api as session_api
from services.console.subscriptions import api as subscriptions_api
from services.console.surveys import api as surveys_api
from services.console.tickets import api as tickets_api
from services.console.units import api as units_api
from services.console.users import api as users_api
from services.console.verifications import api as verifications_api
from services.console.village_batches import api as village_batches_api
from services.console.worklists import api as worklists_api

_MOST_IN_A_FORM = 64 * 1024
#: Where files are sent to. A larger one than is taken is heard to its end, so that the browser shows why.
_FILES, _MONEY_FILES, _HEARD = "/files/new/", "/money-files/", 8
#: Where lists and figures are sent to, each from the page of what it is about.
_LISTS = ("/units/", "/helps/", "/handovers/")
#: Where photos of slips are sent to, and the most that a telephone makes of one.
_MEBIBYTE = 1024 * 1024
_PHOTOS, _MOST_OF_PHOTOS = "/deposits/", 8 * _MEBIBYTE


#: The doors of the rooms, in the order of the document.
_ROUTES = routes_of(
    session_api.router,
    provider_api.router,
    home_api.router,
    lists_api.router,
    *(persons_api.router, merges_api.router, histories_api.router),
    cards_api.router,
    decisions_api.router,
    tickets_api.router,
    refunds_api.router,
    channel_refunds_api.router,
    worklists_api.router,
    notices_api.router,
    pictures_api.router,
    checks_api.router,
    *(channels_api.router, channel_days_api.router),
    *(parked_api.router, subscriptions_api.router, dead_letters_api.router),
    audits_api.router,
    verifications_api.router,
    channel_batches_api.router,
    channel_debts_api.router,
    *(receipts_api.router, counters_api.router, surveys_api.router),
    *(bulletins_api.router, scores_api.router, score_entries_api.router),
    handovers_api.router,
    bulk_api.router,
    files_api.router,
    money_files_api.router,
    users_api.router,
    village_batches_api.router,
    deposits_api.router,
    books_api.router,
    units_api.router,
    helps_api.router,
    funds_api.router,
    payout_batches_api.router,
    periods_api.router,
)


def create_app(context: ConsoleContext) -> AsgiApp:
    """Make the web application."""
    app = create_service_app(
        context,
        title="Canbao console",
        description="Pages for officers. They speak the public APIs with the rights of who is signed in.",
        routes=_ROUTES,
        max_body_bytes=_MOST_IN_A_FORM,
        larger_bodies={
            _FILES: _HEARD * context.settings.upload_limit_mib * _MEBIBYTE,
            _MONEY_FILES: _HEARD * MOST_MIB * _MEBIBYTE,
            **dict.fromkeys(_LISTS, _HEARD * MOST_OF_LISTS_MIB * _MEBIBYTE),
            _PHOTOS: _HEARD * _MOST_OF_PHOTOS,
        },
    )
    app.mount("/static", StaticFiles(directory=str(STATIC)), name="static")
    app.add_exception_handler(HTTPException, _answer_unmatched)
    count_lockouts(context)
    context.readiness.add("apis", context.parts.check_apis)
    context.readiness.add("provider", context.parts.check_provider)
    context.readiness.add("signing_key", context.parts.tokens.check)
    return app


async def _answer_unmatched(request: Request, error: Exception) -> Response:
    """Answer an address that is no page: with one for a browser, with problem details for a machine."""
    assert isinstance(error, HTTPException)
    if "text/html" in request.headers.get("accept", ""):
        await remember(request)
        return answer_failure(request, error)
    return problem_response(problem_of_status(error.status_code, error.headers), request.scope)


def workers(context: ConsoleContext) -> Sequence[Worker]:
    """Make what runs beside the pages: the end of the connections to the APIs."""

    async def close(stop: asyncio.Event) -> None:
        await stop.wait()
        await context.parts.http.aclose()

    return [Worker("connections", close)]
