"""Looks whether the numbers of paper on receipts are their collector's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from services.collection.books import store
from services.collection.books.rules import numbers_of
from services.collection.books.store import Asked, Paper, Standing

#: Why a number on a receipt is not its collector's.
Doubt = Literal[
    "unknown",
    "not_issued",
    "anothers",
    "returned",
    "void",
    "lost",
    "written_off",
    "issued_after",
    "issued_late",
]
#: Sentences of each, with what mends it.
DOUBTS: Mapping[Doubt, tuple[str, str]] = {
    "unknown": (
        "is in no book: look at the paper again, or have the book received and handed on first",
        "未登记入库：请核对票据，或先登记领入并下发",
    ),
    "not_issued": (
        "was not handed to this collector: look at the paper again, or have it handed on first",
        "未下发给本收缴点：请核对票据，或先登记下发",
    ),
    "anothers": (
        "is another collector's: look at the paper again, or record it there",
        "属于其他收缴点：请核对票据，或在该收缴点登记",
    ),
    "returned": (
        "was returned as not used: look at the paper again, or have it handed on again",
        "已作为空白票据交回：请核对票据，或重新登记下发",
    ),
    "void": (
        "is void: look at the paper again, or have the declaration taken back (restored)",
        "已作废：请核对票据，或先撤销作废",
    ),
    "lost": (
        "was declared lost, and has turned up",
        "已登记遗失，现又出现",
    ),
    "written_off": (
        "is written off: look at the paper again",
        "已核销：请核对票据",
    ),
    "issued_after": (
        "came to this collector after the instant on it: look at both instants again",
        "到本收缴点的时间晚于票面时间：请核对收款时间和下发时间",
    ),
    "issued_late": (
        "was handed to this collector after the window had ended",
        "在缴费期结束后才下发给本收缴点",
    ),
}


def doubt_of(standing: Standing, collector_id: int, window_end: datetime | None) -> Doubt | None:
    """Why a number is not its collector's; `window_end` where the receipt is typed after its window."""
    if standing.now_state is None:
        return "unknown"
    if "lost" in (standing.now_state, standing.then_state):
        return "lost"
    if standing.now_state != "held":
        return "void" if standing.now_state == "void" else "written_off"
    had = standing.then_state == "held" and standing.then_collector_id == collector_id
    if standing.now_collector_id != collector_id:
        if had:
            return "returned"
        return "not_issued" if standing.now_collector_id is None else "anothers"
    if not had:
        return "void" if standing.then_state == "void" else "issued_after"
    late = window_end is not None and (
        standing.book_entered_at is None or standing.book_entered_at >= window_end
    )
    return "issued_late" if late else None


@dataclass(frozen=True, slots=True)
class Shown:
    """A number on a receipt with its instant, and when the window ended if it is typed after that."""

    voucher_no: str
    paid_at: datetime
    window_end: datetime | None


async def doubts(
    conn: AsyncConnection, paper: Paper, collector_id: int, on_paper: Sequence[Shown]
) -> dict[Shown, Doubt] | None:
    """What is doubtful about numbers; None where the county keeps no books of this paper."""
    if not await store.hold(conn, paper, alone=False):
        return None
    asked = []
    for one in on_paper:
        if (numbers := numbers_of(one.voucher_no, one.voucher_no)) is not None:
            asked.append(Asked(one.voucher_no, numbers.series, numbers.first_serial, one.paid_at))
    standings = await store.standings(conn, paper, asked)
    known = {(one.voucher_no, one.paid_at): one for one in standings}
    found: dict[Shown, Doubt] = {}
    for one in on_paper:
        standing = known.get((one.voucher_no, one.paid_at))
        doubt = "unknown" if standing is None else doubt_of(standing, collector_id, one.window_end)
        if doubt is not None:
            found[one] = doubt
    return found
