"""What the steps about cases of this service do."""

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.deciding import Decision, Desk
from libs.common.cases.store import CaseRow
from services.collection.assembly import CollectionContext
from services.collection.batches import reversing
from services.collection.books.moving import By, find_again
from services.collection.cases.channel_days import (
    AMOUNT,
    APPLY_AS_NAMED,
    ASK_GATEWAY,
    BOOK_RETURN,
    DAY_KINDS,
    OTHER_PERSON,
    OTHER_YEAR,
    POST_AGAIN,
    SETTLEMENT_FEE,
    SETTLEMENT_KINDS,
    STATE,
    THEY_ONLY,
    WE_ONLY,
    WRITE_TO_BANK,
)
from services.collection.cases.channel_refunds import ABNORMAL, CHANNEL_REFUND_KINDS
from services.collection.cases.debits import DEBIT_KINDS
from services.collection.cases.exchanges import CONTRADICTION, EXCHANGE_KINDS, ROW_REFUSED
from services.collection.cases.rules import (
    CASH_ENTERED_LATE,
    HOUSEHOLD_INCOMPLETE,
    KINDS,
    LOST_VOUCHER_USED,
    SPLIT_PAYMENT,
)
from services.collection.cash import reversing_together
from services.collection.cash import store as cash
from services.collection.channel_refunds import requesting as giving_back
from services.collection.channel_refunds.rules import GIVEN_UP
from services.collection.channel_refunds.settling import Ended, settle
from services.collection.debits import approving as debit_batches
from services.collection.debits import rules as debits
from services.collection.differences.acting import (
    apply_as_named,
    apply_row,
    ask_gateway,
    book_return,
    check_back,
    check_named,
    check_payment,
    check_row,
    take_back,
)
from services.collection.differences.reposting import check_again, post_again
from services.collection.exchange.answering import send_again, take_word
from services.collection.fees import reversing as fees
from services.collection.fees.booking import book_as_it_came
from services.collection.households.rules import HouseholdYear
from services.collection.households.waiting_store import wait_on
from services.collection.letters.writing import write_letter
from services.collection.matching.lease_store import hold_lease
from services.collection.secrets import keeping as secrets
from services.collection.suspense.applying import apply_together, apply_waiting


async def _apply_together(
    conn: AsyncConnection, context: CollectionContext, case: CaseRow, decision: Decision
) -> None:
    await apply_together(conn, context.parts.settling, case, decision.by, decision.reason, decision.at)


async def _apply_waiting(
    conn: AsyncConnection, context: CollectionContext, case: CaseRow, decision: Decision
) -> None:
    await apply_waiting(conn, context.parts.settling, case, decision.by, decision.reason, decision.at)


async def _wait(conn: AsyncConnection, context: CollectionContext, case: CaseRow, decision: Decision) -> None:
    household_id, year = case.evidence["household_id"], case.coverage_year
    assert isinstance(household_id, int) and year is not None
    await wait_on(conn, HouseholdYear(household_id, year))


async def _accept(
    conn: AsyncConnection, context: CollectionContext, case: CaseRow, decision: Decision
) -> None:
    await find_again(conn, _receipt_id(case), By(decision.by, decision.at, decision.reason))
    await cash.let_pass(conn, [_receipt_id(case)], decision.at)


async def _refuse(
    conn: AsyncConnection, context: CollectionContext, case: CaseRow, decision: Decision
) -> None:
    await cash.refuse(conn, [_receipt_id(case)])


async def _send_again(
    conn: AsyncConnection, context: CollectionContext, case: CaseRow, decision: Decision
) -> None:
    await send_again(conn, case, decision.at)


async def _take_word(
    conn: AsyncConnection, context: CollectionContext, case: CaseRow, decision: Decision
) -> None:
    await take_word(conn, case, decision.at)


async def _to_card(
    conn: AsyncConnection, context: CollectionContext, case: CaseRow, decision: Decision
) -> None:
    number = str(case.evidence["request_no"])
    await settle(conn, [Ended(number, "closed", decision.at, GIVEN_UP)], decision.at)


async def _hold(conn: AsyncConnection, county: str | None) -> None:
    await hold_lease(conn)


def _receipt_id(case: CaseRow) -> int:
    receipt_id = case.evidence["receipt_id"]
    assert isinstance(receipt_id, int)
    return receipt_id


DESK = Desk(
    {**KINDS, **DAY_KINDS, **DEBIT_KINDS, **EXCHANGE_KINDS, **CHANNEL_REFUND_KINDS},
    actions={
        **{(kind.code, ASK_GATEWAY.code): ask_gateway for kind in (THEY_ONLY, WE_ONLY, AMOUNT, STATE)},
        (THEY_ONLY.code, "apply"): apply_row,
        (WE_ONLY.code, "take_back"): take_back,
        **{(kind.code, APPLY_AS_NAMED.code): apply_as_named for kind in (OTHER_PERSON, OTHER_YEAR)},
        **{(kind.code, POST_AGAIN.code): post_again for kind in (AMOUNT, OTHER_PERSON, OTHER_YEAR)},
        **{(kind.code, BOOK_RETURN.code): book_return for kind in (THEY_ONLY, AMOUNT, STATE)},
        (SPLIT_PAYMENT.code, "apply_together"): _apply_together,
        (HOUSEHOLD_INCOMPLETE.code, "apply"): _apply_waiting,
        (HOUSEHOLD_INCOMPLETE.code, "wait"): _wait,
        (CASH_ENTERED_LATE.code, "accept"): _accept,
        (CASH_ENTERED_LATE.code, "refuse"): _refuse,
        (LOST_VOUCHER_USED.code, "accept"): _accept,
        (LOST_VOUCHER_USED.code, "refuse"): _refuse,
        (ROW_REFUSED.code, "send_again"): _send_again,
        (CONTRADICTION.code, "take_word"): _take_word,
        (ABNORMAL.code, "to_card"): _to_card,
        (SETTLEMENT_FEE.code, "book_fee"): book_as_it_came,
        **{
            (kind.code, WRITE_TO_BANK.code): write_letter
            for kind in SETTLEMENT_KINDS.values()
            if WRITE_TO_BANK in kind.steps
        },
    },
    checks={
        (THEY_ONLY.code, "apply"): check_row,
        (WE_ONLY.code, "take_back"): check_payment,
        **{(kind.code, APPLY_AS_NAMED.code): check_named for kind in (OTHER_PERSON, OTHER_YEAR)},
        **{(kind.code, POST_AGAIN.code): check_again for kind in (AMOUNT, OTHER_PERSON, OTHER_YEAR)},
        **{(kind.code, BOOK_RETURN.code): check_back for kind in (THEY_ONLY, AMOUNT, STATE)},
    },
    operations={
        reversing.OPERATION: reversing.agree,
        reversing_together.OPERATION: reversing_together.agree,
        secrets.OPERATION: secrets.agree,
        debits.OPERATION: debit_batches.agree,
        debits.GIVING_UP: debit_batches.agree_to_give_up,
        giving_back.OPERATION: giving_back.agree,
        fees.OPERATION: fees.agree,
    },
    refusals={debits.OPERATION: debit_batches.refuse},
    scopes={secrets.OPERATION: secrets.SCOPE},
    hold=_hold,
    seeing=("cash:review",),
    first={
        reversing.OPERATION: reversing.hold,
        reversing_together.OPERATION: reversing_together.hold,
    },
)
