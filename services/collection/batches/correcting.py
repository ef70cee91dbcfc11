"""Villages mend lines of a batch that was sent back: in the open, each with what it was and became."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.security.audit import record_lookup
from libs.common.security.digests import Digests
from libs.common.web.catalogue import NOT_FOUND
from services.collection.batches import lines_store, store
from services.collection.batches.advancing import known, move_of, moved_on
from services.collection.batches.problems import BATCH_LINE_FOUND_BY_YOU, BATCH_LINE_NOT_NAMED
from services.collection.batches.rules import CorrectionKind, Difference
from services.collection.batches.store import Batch
from services.collection.cash import store as cash
from services.collection.cash.looking import Desk
from services.collection.cash.recording import record
from services.collection.cash.reversing import people_of, reverse
from services.collection.cash.rules import TakenMoney
from services.collection.cash.store import Receipt
from services.collection.matching.lease_store import hold_lease


@dataclass(frozen=True, slots=True)
class Correction:
    """What becomes of a line; `instead` is the money as it should have been written down."""

    line_no: int
    kind: CorrectionKind
    instead: TakenMoney | None
    reason: str


async def correct(
    conn: AsyncConnection, digests: Digests, desk: Desk, batch: Batch, correction: Correction
) -> Batch:
    """Mend a line of a held batch of a held collector. Raises Problem.

    Money that was written down wrongly goes back and is written down anew, at the instant on its paper. That
    needs somebody else to have sent the batch back for the line, whether he named it or the comparison did.
    Any line may be left out for a later batch.
    """
    if batch.state not in ("draft", "sent_back"):
        raise moved_on(batch)
    await hold_lease(conn)
    receipt_id = await lines_store.receipt_of(conn, batch.batch_id, correction.line_no)
    receipt = None if receipt_id is None else await cash.lock_receipt(conn, receipt_id)
    if receipt is None:
        raise NOT_FOUND.problem()
    if correction.kind != "leave_out":
        await _give_back(conn, desk, batch, correction, receipt)
    await lines_store.leave(conn, receipt.receipt_id)
    became = None
    if correction.instead is not None:
        (made,) = await record(conn, digests, desk, [correction.instead], ["#/instead"])
        await lines_store.put(conn, made.receipt_id, batch.batch_id, correction.line_no)
        became = made.amount_fen
    after = await known(conn, batch.batch_id)
    changed = Difference("reported", correction.line_no, said=receipt.amount_fen, found=became)
    move = move_of(
        after, "corrected", desk.caller.subject, desk.now, reason=correction.reason, differences=[changed]
    )
    await store.note(conn, batch.batch_id, move)
    return after


async def _give_back(
    conn: AsyncConnection, desk: Desk, batch: Batch, correction: Correction, receipt: Receipt
) -> None:
    """Book back what was written down wrongly, if somebody else sent the batch back for it.

    Raises Problem.
    """
    back = [one for one in await store.moves(conn, batch.batch_id) if one.kind == "sent_back"][-1:]
    if correction.line_no not in [one.get("line_no") for move in back for one in move.differences or ()]:
        raise BATCH_LINE_NOT_NAMED.problem()
    if back[0].entered_by == desk.caller.subject:
        raise BATCH_LINE_FOUND_BY_YOU.problem()
    people = await people_of(conn, [receipt])
    about = f"line {correction.line_no} of village batch {batch.batch_id}"
    await record_lookup(
        conn, desk.caller, operation="correct_village_batch", at=desk.now, person_ids=people, purpose=about
    )
    channel = desk.channel.code
    await reverse(conn, receipt, channel, reason="entered_wrongly", returned_at=desk.now, now=desk.now)
