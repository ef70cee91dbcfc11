"""Registers collectors, and finds the notice and the channel by which one takes money."""

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.policy import Notice, Notices
from libs.common.policy.format.custody_rules import Channel, Voucher
from libs.common.security.access import check_division
from libs.common.security.caller import Caller
from libs.common.web.catalogue import NOT_FOUND, OUTSIDE_DIVISION
from libs.common.web.notices import without_notice
from services.collection.books.rules import paper_named
from services.collection.cash import collectors_store as store
from services.collection.cash import rules
from services.collection.cash.collectors_store import Collector, NewCollector
from services.collection.problems import CHANNEL_NOT_BY_HAND, COLLECTOR_KNOWN, COUNTY_UNKNOWN, PAPER_UNKNOWN


def notice_at(notices: Notices, county: str, coverage_year: int) -> Notice:
    """The notice of a county and year. Raises Problem."""
    notice = notices.get((county, coverage_year))
    if notice is None:
        raise without_notice(COUNTY_UNKNOWN, notices, county, coverage_year)
    return notice


def channel_at(notice: Notice, code: str) -> Channel:
    """The channel of a notice through which a person takes money. Raises Problem with those there are."""
    channel = rules.channel_of(notice, code)
    if channel is None:
        known = [one.code for one in notice.document.channels if rules.channel_of(notice, one.code)]
        raise CHANNEL_NOT_BY_HAND.problem(known_channels=known)
    return channel


def paper_at(notice: Notice, code: str) -> Voucher:
    """The numbered paper of a notice. Raises Problem with those there are."""
    paper = paper_named(notice, code)
    if paper is None:
        stock = [one.code for one in notice.document.vouchers if one.medium == "paper_stock"]
        raise PAPER_UNKNOWN.problem(known_vouchers=stock)
    return paper


async def collector_at(
    conn: AsyncConnection, caller: Caller, collector_id: int, *, lock: bool = False
) -> Collector:
    """A collector that the caller may see. Raises Problem."""
    found = await store.collector(conn, collector_id, lock=lock)
    if found is None:
        raise NOT_FOUND.problem()
    check_division(caller, found.division_code)
    return found


async def register(conn: AsyncConnection, notice: Notice, new: NewCollector) -> Collector:
    """Put a collector on record. Raises Problem."""
    if not new.division_code.startswith(notice.division):
        raise OUTSIDE_DIVISION.problem(
            "The place does not belong to the county of the notice: check its 12 digits.",
            "该地点不属于通知所在的县（区、乡镇），请核对 12 位区划代码。",
        )
    channel_at(notice, new.channel)
    collector_id = await store.register(conn, new)
    if collector_id is None:
        raise COLLECTOR_KNOWN.problem()
    found = await store.collector(conn, collector_id)
    assert found is not None, "it was just written"
    return found
