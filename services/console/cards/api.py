"""The page that records the social-security card of somebody."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi import Query as Parameter
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks, by_own_form
from services.console.apis.asking import Asking, Query
from services.console.apis.rules import Refused
from services.console.cards.filling import Owner, card_sheet, done_of, faults_in, will
from services.console.cards.naming import said_of
from services.console.cards.schemas import KnownCard, Subsidies, TakenCards
from services.console.forms.answering import answer, show
from services.console.forms.rules import Fact, faults_of, new_key
from services.console.home.rules import may
from services.console.pages.failing import NotOffered, PageRoute
from services.console.persons.schemas import Person

router = APIRouter(
    prefix="/persons/{person_id}/card", route_class=PageRoute, dependencies=[ONE_SITE],
    include_in_schema=False,
)  # fmt: skip

_API = "/v1/cards:batch"


async def _owner(
    asking: Asks,
    person_id: Annotated[int, Path(ge=1, lt=2**62)],
    season: Annotated[str, Parameter(max_length=60, pattern=r"^[a-z0-9_-]*$")] = "",
) -> Owner:
    """Whose card it is; from the work list of a season the form leads back there. Raises NotOffered."""
    if not may(asking.visitor, "cards:write"):
        raise NotOffered
    person = await asking.get(Person, "registration", f"/v1/persons/{person_id}")
    back = f"work/cards?season={season}" if season else f"persons/{person_id}"
    return Owner(person, await _known(asking, person_id), back)


_Owns = Annotated[Owner, Depends(_owner)]


async def _known(asking: Asking, person_id: int) -> KnownCard | None:
    try:
        found = await asking.get(Subsidies, "subsidy", f"/v1/persons/{person_id}/subsidies")
    except Refused as refused:
        if refused.kind != "person-not-assessed":
            raise
        return None
    return next((one for one in found.cards if one.replaced_at is None), None)


@router.get("")
async def show_card(request: Request, owner: _Owns) -> Response:
    """The form of a card."""
    return show(request, card_sheet(owner), {"holder": owner.person.name})


@router.post("", dependencies=[Depends(by_own_form)])
async def record_card(request: Request, asking: Asks, owner: _Owns) -> Response:
    """Record it, once, after the service has said what it will do."""
    sheet = card_sheet(owner)
    tried = await _tried(request, asking, owner)
    if tried is not None:
        sheet = card_sheet(owner, faults_in(tried, sheet))

    async def send(typed: Mapping[str, str], key: str) -> str:
        taken = await asking.change(TakenCards, "subsidy", _API, [owner.row(typed)], key)
        for one in taken.rejected:
            # The person has moved away meanwhile, say; the key is used up by that answer.
            zh, en = said_of(one.problem)
            raise Refused("subsidy", 422, "idempotency-key-reused", "", "", en, zh)
        return done_of(taken)

    def foresee(typed: Mapping[str, str]) -> list[Fact]:
        assert tried is not None, "what is typed without a fault is tried"
        return will(owner, typed, tried)

    return await answer(request, sheet, send, foresee)


async def _tried(request: Request, asking: Asking, owner: Owner) -> TakenCards | None:
    """What would become of what was typed; None where something of it is missing."""
    sent, fields = await request.form(), card_sheet(owner).fields
    typed = {one.name: str(sent.get(one.name, "")).strip() for one in fields}
    if faults_of(fields, typed):
        return None
    dry: Query = {"dry_run": True}
    return await asking.change(TakenCards, "subsidy", _API, [owner.row(typed)], new_key(), dry)
