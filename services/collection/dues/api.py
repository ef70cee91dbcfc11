"""What a person owes and why: by ID number and name, for oneself and the family."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from libs.common.clock import business_date
from libs.common.events import DueSegment, SubsidyLine
from libs.common.identity import IdentityNumberInvalid, identify
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.service import ServiceContext
from libs.common.web.catalogue import INVALID_REQUEST
from libs.common.web.openapi import problems
from libs.common.web.problems import FieldError
from services.collection.access import Context, Reader
from services.collection.dues import store
from services.collection.dues.rules import now_and_ahead, why
from services.collection.examples import DUE_FOUND, shown
from services.collection.matching.rules import Due, owed_fen
from services.collection.problems import PERSON_NOT_FOUND

router = APIRouter(prefix="/v1/dues", tags=["dues"])


class Words(BaseModel):
    """One sentence in each language."""

    zh: str
    en: str


class DueSearch(BaseModel):
    """Who asks, as it stands on the identity document; both must match."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "id_number": "350426198006152246",
                    "name": "林秀英",
                    "county": "youxi",
                    "coverage_year": 2020,
                }
            ]
        },
    )

    id_number: str = Field(min_length=5, max_length=32)
    name: str = Field(min_length=1, max_length=100)
    county: str | None = Field(default=None, max_length=40)
    coverage_year: int = Field(ge=2000, le=2100)


class Price(BaseModel):
    """What is owed when paying between two instants."""

    from_at: datetime
    until_at: datetime | None
    outcome: str
    reason_codes: tuple[str, ...]
    window: str | None
    price_fen: int | None
    own_due_fen: int | None
    add_on_due_fen: int
    payable_fen: int
    subsidies: tuple[SubsidyLine, ...]
    why: Words


class PendingOrder(BaseModel):
    """The order that waits for this person's money."""

    order_no: str
    expires_at: datetime


class PaidWith(BaseModel):
    """The payment that counts."""

    payment_id: int
    line_no: int
    voucher_no: str
    amount_fen: int
    paid_at: datetime


class PersonDue(BaseModel):
    """One person's contribution. `payable_fen` is what paying now would cost; 0 when nothing can be paid."""

    person_id: int
    masked_name: str | None
    county: str
    coverage_year: int
    division_code: str
    state: str = Field(description="open, paid or cancelled")
    payable_fen: int
    due: Price | None = Field(description="at this moment")
    ahead: list[Price] = Field(description="what changes later in the season")
    pending_order: PendingOrder | None
    payment: PaidWith | None


class DueFound(PersonDue):
    """The person who asked, and the household."""

    model_config = shown(DUE_FOUND)

    family: list[PersonDue]


@router.post(
    "/search",
    summary="What does this person owe, and why?",
    responses=problems(PERSON_NOT_FOUND),
)
async def search_dues(asked: DueSearch, caller: Reader, context: Context) -> DueFound:
    """Find a person by ID number and name. A wrong name and an unknown number get the same answer."""
    now = context.clock.now()
    digest = _digest(asked, context, now)
    async with context.engine.begin() as conn:
        due = await store.search(conn, digest, asked.county, asked.coverage_year, caller.division)
        if due is not None and due.name_digest != context.digests.name(asked.name):
            due = None
        family = await store.family(conn, due) if due is not None else []
        people = [*([due] if due is not None else []), *family]
        standing = await store.standing(conn, [one.person_id for one in people], asked.coverage_year)
        await _audit(conn, caller, now, digest, [one.person_id for one in people])
    if due is None:
        raise PERSON_NOT_FOUND.problem()
    notice = context.notices.get((due.county, due.coverage_year))
    shown = [_person(one, standing.get(one.person_id), notice, now) for one in people]
    return DueFound(**shown[0], family=[PersonDue(**one) for one in shown[1:]])


def _digest(asked: DueSearch, context: ServiceContext, now: datetime) -> str:
    """Digest the number; one that cannot exist says nothing about anybody, so its fault may be named."""
    try:
        return context.digests.document(identify(asked.id_number, business_date(now)))
    except IdentityNumberInvalid as error:
        fault = FieldError("#/id_number", str(error), error.message_zh)
        raise INVALID_REQUEST.problem(errors=[fault]) from None


async def _audit(conn: Any, caller: Caller, now: datetime, digest: str, people: list[int]) -> None:
    await record_lookup(conn, caller, operation="search_dues", at=now, person_ids=people, query_digest=digest)


def _person(due: Due, standing: Any, notice: Any, now: datetime) -> dict[str, Any]:
    current, ahead = now_and_ahead(due, now)
    pending = standing is not None and standing.order_no is not None and standing.expires_at > now
    paid = standing is not None and standing.payment_id is not None
    return {
        "person_id": due.person_id,
        "masked_name": due.masked_name,
        "county": due.county,
        "coverage_year": due.coverage_year,
        "division_code": due.division_code,
        "state": "paid" if paid else due.state,
        "payable_fen": owed_fen(current) if due.state == "open" and not paid else 0,
        "due": _price(current, notice) if current is not None else None,
        "ahead": [_price(segment, notice) for segment in ahead],
        "pending_order": {"order_no": standing.order_no, "expires_at": standing.expires_at}
        if pending
        else None,
        "payment": {name: getattr(standing, name) for name in PaidWith.model_fields} if paid else None,
    }


def _price(segment: DueSegment, notice: Any) -> dict[str, Any]:
    shown = {
        name: getattr(segment, name) for name in Price.model_fields if name not in ("payable_fen", "why")
    }
    return {**shown, "payable_fen": owed_fen(segment), "why": why(segment, notice)}
