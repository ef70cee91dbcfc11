"""The pages of a batch of debits, and of a batch to the collector or medical insurance."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Request
from fastapi import Query as Parameter
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks, Context
from services.console.apis.asking import Query
from services.console.channel_batches.schemas import Debits, ExchangeRows, WholeDebitBatch, WholeExchange
from services.console.channel_batches.showing import DEBIT_PARTS, ROW_PARTS, debit_page, exchange_page
from services.console.home.rules import may
from services.console.lists.rules import page_from
from services.console.pages.failing import PageRoute
from services.console.pages.rendering import page

router = APIRouter(route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False)

_Id = Annotated[int, Path(ge=1, lt=2**62)]
_Word = Annotated[str, Parameter(max_length=20, pattern=r"^[a-z_]*$")]
_After = Annotated[str, Parameter(max_length=20, pattern=r"^[0-9]*$")]


@router.get("/debit-batches/{batch_id}")
async def show_debits(
    request: Request, asking: Asks, context: Context, batch_id: _Id, part: _Word = "", after: _After = ""
) -> Response:
    """A batch of debits, what the bank said of each account, and who was left out."""
    part = _chosen(part, DEBIT_PARTS)
    path = f"/v1/debit-batches/{batch_id}"
    batch = await asking.get(WholeDebitBatch, "collection", path)
    only: Query = {} if part == "all" else {"outcome": part}
    found = await asking.get(Debits, "collection", f"{path}/debits", {**only, **page_from(after)})
    called = await context.parts.calling.known(asking, batch.county, batch.coverage_year)
    shown = debit_page(batch, found, part, called.channel(batch.channel))
    return page(request, "object.html", shown=shown)


@router.get("/exchange-batches/{batch_id}")
async def show_exchange(
    request: Request, asking: Asks, batch_id: _Id, part: _Word = "", after: _After = ""
) -> Response:
    """A batch that was exchanged, with what is said of its rows and how each is mended. It is recorded."""
    part = _chosen(part, ROW_PARTS)
    path = f"/v1/exchange-batches/{batch_id}"
    batch = await asking.get(WholeExchange, "collection", path)
    only: Query = {} if part == "all" else {"state": part}
    found = await asking.get(ExchangeRows, "collection", f"{path}/rows", {**only, **page_from(after)})
    shown = exchange_page(
        batch, found, part,
        opens=may(asking.visitor, "registration:read"), decides=may(asking.visitor, "collection:read"),
    )  # fmt: skip
    return page(request, "object.html", shown=shown)


def _chosen(part: str, parts: tuple[tuple[str, str, str], ...]) -> str:
    if part not in ("", *(one[0] for one in parts)):
        raise HTTPException(404)
    return part or parts[0][0]
