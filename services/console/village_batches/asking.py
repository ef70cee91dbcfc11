"""Asks for a village's batch, one of its lines, and receipts that are in no batch yet."""

from services.console.apis.asking import Asking, Query
from services.console.receipts.schemas import Receipt, Receipts
from services.console.village_batches.schemas import Line, Lines, WholeBatch
from services.console.worklists.schemas import Collectors

API = "/v1/village-batches"
#: A village has some hundred receipts; what is beyond these pages is found by its next batch.
_PAGES, _ON_A_PAGE = 10, 500


async def batch_at(asking: Asking, batch_id: int) -> WholeBatch:
    """A batch that the visitor may see. Raises ServiceAway and Refused."""
    return await asking.get(WholeBatch, "collection", f"{API}/{batch_id}")


async def title_of(asking: Asking, collector_id: int) -> str:
    """What the place is called where the money was taken."""
    found = await asking.get(Collectors, "collection", "/v1/collectors", {"limit": 500})
    titles = {one.collector_id: one.title for one in found.items}
    return titles.get(collector_id, str(collector_id))


async def lines_at(asking: Asking, batch_id: int, query: Query) -> Lines:
    """Lines of a batch; the look at their people is recorded. Raises ServiceAway and Refused."""
    return await asking.get(Lines, "collection", f"{API}/{batch_id}/lines", query)


async def line_at(asking: Asking, batch_id: int, line_no: int) -> Line | None:
    """One line; None where it has left the batch."""
    found = await lines_at(asking, batch_id, {"after": str(line_no - 1), "limit": 1})
    return next((one for one in found.items if one.line_no == line_no), None)


async def receipts_of(asking: Asking, collector_id: int, **more: bool | int) -> list[Receipt]:
    """Receipts of a collector, from the first on. Raises ServiceAway and Refused."""
    found, after = list[Receipt](), ""
    for _ in range(_PAGES):
        query: Query = {"collector_id": collector_id, "limit": _ON_A_PAGE, **more}
        page = await asking.get(
            Receipts, "collection", "/v1/cash-receipts", {**query, **({"after": after} if after else {})}
        )
        found += page.items
        if page.next_after is None:
            break
        after = page.next_after
    return found


async def free_receipts(asking: Asking, collector_id: int, year: int) -> list[Receipt]:
    """Those of a year that are in no batch yet, and count."""
    found = await receipts_of(asking, collector_id, coverage_year=year, in_batch=False)
    return [one for one in found if stays(one)]


def stays(receipt: Receipt) -> bool:
    """Whether the money of a receipt counts and was not given back."""
    return receipt.state != "refused" and receipt.returned_fen < receipt.amount_fen
