"""Pages of deposits: the list, one of them with photos, and the forms that record, mend or withdraw it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi import Query as Parameter
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks, Context, Signed, by_own_form
from services.console.apis.asking import Asking
from services.console.apis.rules import Refused, absent
from services.console.decisions.schemas import Done
from services.console.deposits import asking as ask
from services.console.deposits.filling import (
    good_deed,
    more_deed,
    new_deed,
    photo_sheet,
    withdraw_deed,
)
from services.console.deposits.rules import MOST_PHOTOS, sees, sees_photos
from services.console.deposits.schemas import Deposit, Made
from services.console.deposits.showing import deposit_page, facts_of, list_page
from services.console.deposits.standing import in_hand
from services.console.files.sending import TooLarge, closed_after, take
from services.console.forms.answering import answer, show
from services.console.forms.doing import Deed, carry_out
from services.console.forms.rules import Fact, Fault, faults_said, is_beyond, new_key
from services.console.home.rules import may
from services.console.lists.rules import page_from
from services.console.pages.failing import NotOffered, PageRoute
from services.console.pages.rendering import page, to_page
from services.console.receipts.rules import written
from services.console.village_batches.asking import receipts_of

router = APIRouter(
    prefix="/deposits", route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False
)

_Id = Annotated[int, Path(ge=1, lt=2**62)]
_PhotoNo = Annotated[int, Path(ge=1, le=MOST_PHOTOS)]
_Chosen = Annotated[int, Parameter(ge=1, lt=2**62)]
_Year = Annotated[int, Parameter(ge=2000, le=2100)]
_After = Annotated[str, Parameter(max_length=20, pattern=r"^[0-9]*$")]
_Number = Annotated[str, Parameter(max_length=18, pattern=r"^[0-9]*$")]
#: What is handed on; collection keeps a photo of 2 MB and says so of a larger one.
_LARGEST = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Seen:
    """A deposit, and what its collector is called."""

    deposit: Deposit
    title: str

    @property
    def facts(self) -> list[Fact]:
        return facts_of(self.deposit, self.title)


def _may(scope: str, asking: Asking) -> None:
    if not may(asking.visitor, scope):
        raise NotOffered


async def _cashier(asking: Asks) -> None:
    """Who takes money by hand. Raises NotOffered."""
    _may("cash:write", asking)


async def _reviewer(asking: Asks) -> None:
    """Who looks after cash. Raises NotOffered."""
    _may("cash:review", asking)


async def _seen(asking: Asks, deposit_id: _Id) -> _Seen:
    if not sees(asking.visitor):
        raise NotOffered
    deposit = await ask.deposit_at(asking, deposit_id)
    titles = await ask.titles_of(asking)
    return _Seen(deposit, titles.get(deposit.collector_id, deposit.division_code))


_Sees = Annotated[_Seen, Depends(_seen)]
_BY_CASHIER, _BY_REVIEWER, _OWN_FORM = Depends(_cashier), Depends(_reviewer), Depends(by_own_form)


@router.get("")
async def list_deposits(request: Request, asking: Asks, part: _Number = "", after: _After = "") -> Response:
    """Deposits of the own division, or of one collector."""
    if not sees(asking.visitor):
        raise NotOffered
    of_one = {"collector_id": int(part)} if part else {}
    found = await ask.deposits(asking, page_from(after) | of_one)
    shown = list_page(found, await ask.titles_of(asking), part)
    return page(request, "object.html", shown=shown)


@router.get("/new", dependencies=[_BY_CASHIER])
async def show_new(
    request: Request, context: Context, asking: Asks, collector: _Chosen, year: _Year, batch: _Number = ""
) -> Response:
    """The form for what the bank's slip says."""
    which = f"batch_{batch}" if batch else "all"
    deed = await _new(asking, (collector, year), which if batch else "", ())
    return show(request, deed.sheet, {"which": which, "deposited_at": written(context.clock.now())})


@router.post("/new", dependencies=[_OWN_FORM, _BY_CASHIER])
async def record(request: Request, asking: Asks, collector: _Chosen, year: _Year) -> Response:
    """Record it, once; then its page, where photos are added."""
    sent = await request.form()
    deed = await _new(asking, (collector, year), str(sent.get("which", "")), list(sent))
    made: list[int] = []

    async def send(typed: Mapping[str, str], key: str) -> str:
        done = await asking.change(Made, "collection", deed.path, deed.body(typed), key)
        made.append(done.deposit_id)
        return deed.done

    answered = await answer(request, deed.sheet, send, deed.will)
    return to_page(request, f"deposits/{made[0]}?done={deed.done}") if made else answered


async def _new(asking: Asking, place: tuple[int, int], which: str, sent: Sequence[str]) -> Deed:
    collector_id, year = place
    titles = await ask.titles_of(asking)
    if collector_id not in titles:
        raise absent("collection")
    receipts = in_hand(await receipts_of(asking, collector_id, coverage_year=year, in_hand=True))
    title = titles[collector_id]
    facts = [
        Fact("收缴点", "Collector", title, title, f"receipts?collector={collector_id}"),
        Fact("参保年度", "Coverage year", f"{year} 年度", str(year)),
        Fact("在手收据", "Receipts in hand", f"{len(receipts):,} 张", f"{len(receipts):,}"),
    ]
    return new_deed(place, receipts, sent, which, facts)


@router.get("/{deposit_id}")
async def show_deposit(
    request: Request, asking: Asks, seen: _Sees, after: _After = "", photo: _Number = ""
) -> Response:
    """A deposit with its receipts and photos."""
    found = await ask.brought_by(asking, seen.deposit.deposit_id, page_from(after))
    photos = await ask.photos_of(asking, seen.deposit.deposit_id)
    no = int(photo or 0)
    shown = deposit_page(asking.visitor, seen.deposit, seen.title, found, photos, no)
    return page(request, "object.html", shown=shown)


@router.get("/{deposit_id}/photos/{photo_no}")
async def show_photo(asking: Asks, deposit_id: _Id, photo_no: _PhotoNo) -> Response:
    """What was handed in, as collection keeps it; the look is recorded."""
    if not sees_photos(asking.visitor):
        raise NotOffered
    return await asking.file("collection", f"{ask.API}/{deposit_id}/photos/{photo_no}/file", {})


@router.get("/{deposit_id}/photo", dependencies=[_BY_CASHIER])
async def show_add_photo(request: Request, seen: _Sees) -> Response:
    """The form that takes a photo of the slip."""
    return _photo_form(request, seen, [], new_key())


@router.post("/{deposit_id}/photo", dependencies=[Depends(closed_after), _BY_CASHIER])
async def add_photo(request: Request, visitor: Signed, asking: Asks, seen: _Sees) -> Response:
    """Keep it, once however often the button is pressed."""
    sheet, where = photo_sheet(seen.deposit, seen.facts), f"deposits/{seen.deposit.deposit_id}"
    try:
        sent = await take(request, visitor, (), _LARGEST)
    except TooLarge:
        fault = Fault(
            "file", "照片过大，请压缩至 2 MB 以内。", "The photo is too large: make it 2 MB at most."
        )
        return _photo_form(request, seen, [fault], new_key())
    faults, key = sent.faults(sheet), sent.key
    if sent.file is not None:
        file = (sent.file.filename or "photo", sent.file.file)
        try:
            await asking.upload(
                Done, "collection", f"{ask.API}/{seen.deposit.deposit_id}/photos", {}, file, key
            )
        except Refused as refused:
            if is_beyond(refused):
                raise
            faults = faults_said(refused, sheet.fields)
            key = new_key() if refused.kind == "idempotency-key-reused" else key
        else:
            return to_page(request, f"{where}?done=photo")
    return _photo_form(request, seen, faults, key)


def _photo_form(request: Request, seen: _Seen, faults: list[Fault], key: str) -> Response:
    sheet = photo_sheet(seen.deposit, seen.facts)
    status = 422 if faults else 200
    return page(request, "photo-new.html", status, sheet=sheet, faults=faults, key=key)


@router.get("/{deposit_id}/make-good", dependencies=[_BY_CASHIER])
async def show_make_good(request: Request, context: Context, seen: _Sees) -> Response:
    """The form for the slip that brings what this one had missed."""
    typed = {"deposited_at": written(context.clock.now())}
    return show(request, good_deed(seen.deposit, seen.facts).sheet, typed)


@router.post("/{deposit_id}/make-good", dependencies=[_OWN_FORM, _BY_CASHIER])
async def make_good(request: Request, asking: Asks, seen: _Sees) -> Response:
    """Record it, once."""
    return await carry_out(request, asking, good_deed(seen.deposit, seen.facts))


@router.get("/{deposit_id}/receipts", dependencies=[_BY_CASHIER])
async def show_more(request: Request, asking: Asks, seen: _Sees) -> Response:
    """Receipts in hand, to be ticked."""
    return show(request, (await _more(asking, seen, ())).sheet)


@router.post("/{deposit_id}/receipts", dependencies=[_OWN_FORM, _BY_CASHIER])
async def add_receipts(request: Request, asking: Asks, seen: _Sees) -> Response:
    """Have the slip bring them, once."""
    return await carry_out(request, asking, await _more(asking, seen, list(await request.form())))


async def _more(asking: Asking, seen: _Seen, sent: Sequence[str]) -> Deed:
    one = seen.deposit
    receipts = in_hand(
        await receipts_of(asking, one.collector_id, coverage_year=one.coverage_year, in_hand=True)
    )
    return more_deed(one, receipts, sent, seen.facts)


@router.get("/{deposit_id}/withdraw", dependencies=[_BY_REVIEWER])
async def show_withdraw(request: Request, seen: _Sees) -> Response:
    """The form that takes a slip back."""
    return show(request, withdraw_deed(seen.deposit, seen.facts).sheet)


@router.post("/{deposit_id}/withdraw", dependencies=[_OWN_FORM, _BY_REVIEWER])
async def withdraw(request: Request, asking: Asks, seen: _Sees) -> Response:
    """Take it back, once."""
    return await carry_out(request, asking, withdraw_deed(seen.deposit, seen.facts))
