"""The lists of the medical insurance bureau: records that turned out to be one person."""

from services.console.merges.schemas import Merges
from services.console.merges.showing import table_of
from services.console.worklists.asking import Wanted
from services.console.worklists.rules import Table


async def merges(wanted: Wanted) -> Table:
    """Merges of one state, the newest first. The service records the look at these people."""
    query = {"state": wanted.part, **wanted.page}
    found = await wanted.asking.get(Merges, "registration", "/v1/merges", query)
    return table_of(found, wanted.back_to("merges"))
