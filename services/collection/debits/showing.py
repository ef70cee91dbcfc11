"""Finds debit batches for whoever may see them."""

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.security.access import check_division
from libs.common.security.caller import Caller
from libs.common.web.catalogue import NOT_FOUND
from services.collection.debits import store
from services.collection.debits.store import BatchRow


async def find(conn: AsyncConnection, batch_id: int, caller: Caller, *, lock: bool = False) -> BatchRow:
    """A batch that the caller may see. Raises Problem 404 or 403."""
    batch = await store.one(conn, batch_id, lock=lock)
    if batch is None:
        raise NOT_FOUND.problem()
    check_division(caller, batch.division_code)
    return batch
