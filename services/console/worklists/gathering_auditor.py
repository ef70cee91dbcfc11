"""The list of auditors: who looked whom up, service by service."""

from services.console.audits.schemas import Lookups
from services.console.audits.showing import LOOKUPS, lookup_row
from services.console.worklists.asking import Wanted
from services.console.worklists.rules import Table


async def lookups(wanted: Wanted) -> Table:
    """Look-ups of one service, the newest first. That they were read is on record, too."""
    found = await wanted.asking.get(Lookups, wanted.part, "/v1/lookups", wanted.page)
    called = await wanted.called()
    rows = [lookup_row(wanted.part, one, called) for one in found.items]
    zh = "谁在何时、因何事查看或变更了谁的信息；按时间倒序。查看本清单也会留痕。"
    en = "Who saw or changed whose data, when and why, the newest first. Reading this list is recorded too."
    return Table(list(LOOKUPS), rows, found.next_after, zh, en)
