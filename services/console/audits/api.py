"""Pages that lead from any fact back to what it rests on, and show who looked at whom."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Request
from fastapi import Query as Parameter
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks, Context
from services.console.apis.asking import Query
from services.console.apis.rules import ASKED
from services.console.audits import asking as audit
from services.console.audits.schemas import LedgerFact, Lookups, Notification
from services.console.audits.showing import (
    data_of,
    evidence_of,
    fact_page,
    lookups_page,
    notification_page,
    payment_page,
    seal_row,
    seals_page,
    verify_page,
)
from services.console.home.rules import may
from services.console.lists.rules import page_from
from services.console.pages.failing import NotOffered, PageRoute
from services.console.pages.rendering import page
from services.console.persons.rules import sees_notifications
from services.console.persons.schemas import Payment

router = APIRouter(route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False)

_Id = Annotated[int, Path(ge=1, lt=2**62)]
_Word = Annotated[str, Parameter(max_length=20, pattern=r"^[a-z_]*$")]
_After = Annotated[str, Parameter(max_length=20, pattern=r"^[0-9]*$")]
#: Each is made anew from up to ten thousand rows.
_SEALS_ON_A_PAGE = 10


@router.get("/persons/{person_id}/lookups")
async def show_lookups(
    request: Request, asking: Asks, context: Context, person_id: _Id, part: _Word = "", after: _After = ""
) -> Response:
    """Who looked somebody up: the newest of all services, or one service page by page."""
    if not may(asking.visitor, "audit:read"):
        raise NotOffered
    if part not in ("", "all", *ASKED):
        raise HTTPException(404)
    called = await context.parts.calling.known(asking)
    if part in ("", "all"):
        rows = await audit.newest(asking, person_id)
        return page(request, "object.html", shown=lookups_page(person_id, rows, called, "all", None))
    found = await asking.get(Lookups, part, "/v1/lookups", {"person_id": person_id, **page_from(after)})
    named = [(part, one) for one in found.items]
    shown = lookups_page(person_id, named, called, part, found.next_after)
    return page(request, "object.html", shown=shown)


@router.get("/payments/{payment_id}")
async def show_payment(request: Request, asking: Asks, context: Context, payment_id: _Id) -> Response:
    """A payment: where each part went, what was posted for it, and the way to what the channel sent."""
    if not may(asking.visitor, "collection:read"):
        raise NotOffered
    payment = await asking.get(Payment, "collection", f"/v1/payments/{payment_id}")
    books = may(asking.visitor, "ledger:read")
    postings = await audit.postings_of(asking, payment) if books else None
    clear, opens = sees_notifications(asking.visitor), may(asking.visitor, "registration:read")
    called = await context.parts.calling.known(asking, payment.county or "", payment.coverage_year)
    shown = payment_page(payment, postings, called.channel(payment.channel), clear=clear, opens=opens)
    return page(request, "object.html", shown=shown)


@router.get("/notifications/{notification_id}")
async def show_notification(
    request: Request, asking: Asks, context: Context, notification_id: _Id
) -> Response:
    """What a channel sent, byte for byte. The look is on record of everybody whom it paid for."""
    if not sees_notifications(asking.visitor):
        raise NotOffered
    one = await asking.get(Notification, "collection", f"/v1/notifications/{notification_id}")
    called = await context.parts.calling.known(asking, one.county or "", one.coverage_year)
    shown = notification_page(one, called.channel(one.channel))
    return page(request, "evidence.html", shown=shown, evidence=evidence_of(one))


@router.get("/facts/{fact_id}")
async def show_fact(request: Request, asking: Asks, fact_id: _Id) -> Response:
    """What the ledger was told, word by word, and what it posted because of it."""
    if not may(asking.visitor, "ledger:read"):
        raise NotOffered
    fact = await asking.get(LedgerFact, "ledger", f"/v1/facts/{fact_id}")
    pays = may(asking.visitor, "collection:read")
    return page(request, "evidence.html", shown=fact_page(fact, pays=pays), evidence=[data_of(fact)])


@router.get("/verify")
async def show_verification(request: Request, asking: Asks) -> Response:
    """Whether the newest look-ups of each service are as they were sealed, and every sealed handover."""
    if not may(asking.visitor, "audit:read"):
        raise NotOffered
    seals = await asyncio.gather(*(audit.newest_seal(asking, name) for name in ASKED))
    shown = verify_page(list(zip(ASKED, seals, strict=True)), await audit.handovers(asking))
    return page(request, "object.html", shown=shown)


@router.get("/verify/{service}")
async def show_seals(request: Request, asking: Asks, service: str, after: _After = "") -> Response:
    """The seals over the audit of one service, each made anew from its rows."""
    if not may(asking.visitor, "audit:read"):
        raise NotOffered
    if service not in ASKED:
        raise HTTPException(404)
    query: Query = {"limit": _SEALS_ON_A_PAGE} | ({"after": after} if after else {})
    found, checked = await audit.verified(asking, service, query)
    rows = [seal_row(one, said) for one, said in zip(found.items, checked, strict=True)]
    return page(request, "object.html", shown=seals_page(service, rows, found.next_after))
