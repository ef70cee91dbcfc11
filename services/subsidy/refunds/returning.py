"""Takes in money that went back outside: it settles the refund case about it, nothing goes to the card."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import store as cases
from libs.common.cases.store import NewCase
from libs.common.events.collection import PaymentReturned
from services.subsidy.cases.rules import PAID_TWICE
from services.subsidy.entitlements.facts import LineKey
from services.subsidy.refunds import money_store, returns_store
from services.subsidy.refunds.closing import close_claims
from services.subsidy.refunds.holding import end_returned
from services.subsidy.refunds.requesting import by_system, request_by_itself, take_repairs_along
from services.subsidy.refunds.returns_store import Claim, LineReturn
from services.subsidy.refunds.rules import ALREADY_PAID, claims_too_much

_OUTSIDE = "returned_outside"


async def take_in(conn: AsyncConnection, returned: Sequence[PaymentReturned], at: datetime) -> None:
    """Note returns; refund cases for which they leave no money are closed, or were paid twice.

    Of money that arrived twice, what is left waits for a decision again. With a contribution that is gone the
    years that were repaired beside it go back as well.
    """
    lines = await returns_store.add(conn, [_row(fact) for fact in returned])
    await end_returned(conn, returned)
    ended = [LineKey(one.payment_id, one.line_no) for one in returned if one.withdraws]
    if ended:
        await take_repairs_along(conn, ended, at)
    over = {line.key: line for line in await money_store.money_of(conn, lines) if line.money.overdrawn_fen}
    if not over:
        return
    claims: dict[LineKey, list[Claim]] = {}
    for claim in await returns_store.claims(conn, over):
        claims.setdefault(claim.line, []).append(claim)
    too_much = {
        key: claims_too_much([one.amount_fen for one in some], over[key].money.overdrawn_fen)
        for key, some in claims.items()
    }
    chosen = [claims[key][place] for key, places in too_much.items() for place in places]
    twice = await close_claims(conn, chosen, _OUTSIDE, at)
    most = {key: line.money.overdrawn_fen for key, line in over.items()}
    await cases.open_cases(conn, [_paid_twice(claim, most, at) for claim in twice])
    again = [key for key in claims if over[key].state == "suspended" and over[key].reason == ALREADY_PAID]
    await request_by_itself(conn, by_system(ALREADY_PAID, again, at))


def _paid_twice(claim: Claim, most: Mapping[LineKey, int], at: datetime) -> NewCase:
    """The money went back outside, although the bank has it for the card, too."""
    return NewCase(
        kind=PAID_TWICE.code,
        subject=f"payouts/{claim.payout_id}",
        owner=PAID_TWICE.owner,
        proposed="recovered",
        opened_at=at,
        evidence={
            "refund_id": claim.refund_id,
            "payment_id": claim.payment_id,
            "line_no": claim.line_no,
            "why": _OUTSIDE,
        },
        county=claim.county,
        coverage_year=claim.coverage_year,
        division_code=claim.division_code,
        person_id=claim.person_id,
        amount_fen=min(claim.amount_fen, most[claim.line]),
    )


def _row(fact: PaymentReturned) -> LineReturn:
    return LineReturn(
        payment_id=fact.payment_id,
        line_no=fact.line_no,
        return_no=fact.return_no,
        amount_fen=fact.amount_fen,
        withdraws=fact.withdraws,
        returned_at=fact.returned_at,
    )
