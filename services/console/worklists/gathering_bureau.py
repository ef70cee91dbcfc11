"""The lists of the medical insurance bureau: records that turned out to be one person, batches of payouts."""

from services.console.merges.schemas import Merges
from services.console.merges.showing import table_of
from services.console.payout_batches.schemas import Batches
from services.console.payout_batches.showing import table_of as table_of_batches
from services.console.worklists.asking import Wanted
from services.console.worklists.rules import Table


async def merges(wanted: Wanted) -> Table:
    """Merges of one state, the newest first. The service records the look at these people."""
    query = {"state": wanted.part, **wanted.page}
    found = await wanted.asking.get(Merges, "registration", "/v1/merges", query)
    return table_of(found, wanted.back_to("merges"))


async def payout_batches(wanted: Wanted) -> Table:
    """Batches of payouts in the order in which they were made."""
    query = {**wanted.of_season, **wanted.page}
    return table_of_batches(await wanted.asking.get(Batches, "subsidy", "/v1/payout-batches", query))
