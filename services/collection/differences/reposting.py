"""Posts a payment again as a file has it: with its sum, for its person, for its year.

The payment that was wrong is taken back whole, and another one stands under its number, in one transaction.
What of it does not fit what is owed waits in suspense. Whoever calls holds the lease.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.deciding import Decision
from libs.common.cases.store import CaseRow
from services.collection.assembly import CollectionContext
from services.collection.cases.channel_days import OTHER_PERSON, OTHER_YEAR
from services.collection.channels import from_file
from services.collection.channels.from_file import CorrectedPayment
from services.collection.channels.port import PAYMENT, ReportedPayment
from services.collection.differences import acts_store as store
from services.collection.differences.acting import claim_of, row_if_any
from services.collection.differences.acts_store import FiledRow, OwnPayment
from services.collection.differences.problems import STEP_NOT_POSSIBLE
from services.collection.dues.rules import AS_REGISTERED, Choice
from services.collection.fitting.rules import Reason
from services.collection.intake.claims_store import keep_claim
from services.collection.matching import store as matching_store
from services.collection.matching.dividing import split
from services.collection.matching.judging import judged
from services.collection.matching.matching import follow_up
from services.collection.matching.rules import Line, Named, Ordered
from services.collection.matching.store import KeptLine, NewPayment
from services.collection.orders import store as orders_store
from services.collection.orders.store import PaidOrder
from services.collection.returns.superseding import supersede

#: What a payment in one piece waits for, whoever it is for.
_DOUBTS = (Reason.UNKNOWN_ORDER, Reason.WRONG_AMOUNT)


@dataclass(frozen=True, slots=True)
class _Wrong:
    """A payment that a file has otherwise, its lines, and what it is by the file: null is as it was."""

    own: OwnPayment
    lines: Sequence[KeptLine]
    row: FiledRow
    person_id: int | None
    coverage_year: int | None

    @property
    def key(self) -> str:
        """Under which it is stored: a payment is posted again once."""
        return f"corrected {self.own.payment_id}"


async def check_again(
    conn: AsyncConnection, context: CollectionContext, case: CaseRow, decision: Decision
) -> None:
    """Raises Problem 409 where the file says so no more, or money of the payment went back."""
    await _wrong(conn, case)


async def post_again(
    conn: AsyncConnection, context: CollectionContext, case: CaseRow, decision: Decision
) -> None:
    """Take a payment back and post it as the file has it. Raises Problem 409."""
    wrong, settling = await _wrong(conn, case), context.parts.settling
    said = _said(wrong, case, decision)
    claim = claim_of(case, wrong.own.channel, wrong.key, PAYMENT, from_file.CORRECTED_TYPE, said, decision.at)
    payment_id = await keep_claim(conn, claim)
    own = wrong.own
    await supersede(conn, own.payment_id, own.channel, own.paid_at, payment_id, decision.at)
    order = await _order(conn, wrong)
    lines = _lines(wrong, order, payment_id, decision)
    decisions = await judged(conn, lines, settling.terms)
    await matching_store.insert_payments(conn, [_payment(said, lines[0])])
    await settling.settle(conn, decisions, by=decision.by, note=decision.reason)
    if order is not None:
        await orders_store.mark_paid(conn, [PaidOrder(order.order_no, payment_id, own.paid_at)])
    await follow_up(conn, decisions)


async def _wrong(conn: AsyncConnection, case: CaseRow) -> _Wrong:
    payment_id = case.evidence.get("payment_id")
    own = await store.payment(conn, payment_id) if isinstance(payment_id, int) else None
    row = await row_if_any(conn, case)
    if own is None or row is None or row.entry != "payment" or row.state != "done" or row.amount_fen <= 0:
        raise STEP_NOT_POSSIBLE.problem(
            "The file that counts now has no such payment.", "现行对账单中没有该笔成功缴费。"
        )
    if row.transaction_no != own.transaction_no:
        raise STEP_NOT_POSSIBLE.problem("It was posted again already.", "该笔缴费已冲正重记。")
    there = await store.lines(conn, own.payment_id)
    if not there or any(one.went_back for one in there):
        raise STEP_NOT_POSSIBLE.problem(
            "Money of it went back, or is about to: it cannot be posted again.",
            "该笔缴费已有退款或正在退款，不能冲正重记。",
        )
    person_id, year = _named(case)
    if len(there) > 1 and (person_id is not None or year is not None):
        raise STEP_NOT_POSSIBLE.problem(
            "It is for several persons or years: have it given back, or noted what the channel said.",
            "该笔缴费涉及多人或多个年度，请办理退费，或记录渠道答复。",
        )
    kept = await matching_store.lines(conn, [(one.payment_id, one.line_no) for one in there])
    return _Wrong(own, kept, row, person_id, year)


def _named(case: CaseRow) -> tuple[int | None, int | None]:
    """For whom and for which year it is by the file, where that is what differs. Raises Problem 409."""
    person, year = case.evidence.get("theirs_person_id"), case.evidence.get("theirs_year")
    if case.kind == OTHER_PERSON.code and not isinstance(person, int):
        raise STEP_NOT_POSSIBLE.problem(
            "Whom the file names is not enrolled here.", "渠道文件所列人员未在本地参保登记。"
        )
    return (
        person if case.kind == OTHER_PERSON.code and isinstance(person, int) else None,
        year if case.kind == OTHER_YEAR.code and isinstance(year, int) else None,
    )


def _said(wrong: _Wrong, case: CaseRow, decision: Decision) -> CorrectedPayment:
    own, row = wrong.own, wrong.row
    return CorrectedPayment(
        transaction_no=own.transaction_no,
        paid_at=own.paid_at,
        amount_fen=row.amount_fen,
        county=row.county,
        coverage_year=wrong.coverage_year or own.coverage_year or case.coverage_year,
        order_no=own.order_no,
        case_id=case.case_id,
        file_id=row.file_id,
        line=row.line,
        file_sha256=row.sha256.hex(),
        by=decision.by,
        approved_by=decision.approved_by,
        replaces_id=own.payment_id,
        person_id=wrong.person_id,
    )


async def _order(conn: AsyncConnection, wrong: _Wrong) -> Ordered | None:
    """The order that the payment pays by the file; whom a file names otherwise did not order it."""
    number = wrong.own.order_no
    if number is None or wrong.person_id is not None or wrong.coverage_year is not None:
        return None
    order = (await orders_store.named(conn, [number])).get(number)
    return order if order is not None and order.amount_fen == wrong.row.amount_fen else None


def _lines(wrong: _Wrong, order: Ordered | None, payment_id: int, decision: Decision) -> list[Line]:
    """The lines of the payment that stands: of its order, the one as it was, or one whole."""
    own, first = wrong.own, wrong.lines[0]
    base = Line(
        payment_id=payment_id,
        line_no=1,
        channel=own.channel,
        transaction_no=own.transaction_no,
        amount_fen=wrong.row.amount_fen,
        paid_at=own.paid_at,
        received_at=decision.at,
        occurred_at=decision.at,
        county=first.county or wrong.row.county,
        coverage_year=wrong.coverage_year or first.coverage_year,
        payer_digest=first.payer_digest,
        employee_fund=first.employee_fund,
    )
    if order is not None:
        told = ReportedPayment(own.transaction_no, own.paid_at, wrong.row.amount_fen, own.order_no)
        return split(base, told, [], order)
    if len(wrong.lines) > 1:
        return [replace(base, doubt=Reason.WRONG_AMOUNT)]
    if wrong.person_id is not None:
        return [replace(base, county=wrong.row.county, person_id=wrong.person_id)]
    return [_as_it_was(base, first, another_year=wrong.coverage_year is not None)]


def _as_it_was(base: Line, kept: KeptLine, *, another_year: bool) -> Line:
    """The same line with the sum, or for the year, of the file; nobody's money stays in one piece."""
    nobody = kept.person_id is None and kept.identity_digest is None
    return replace(
        base,
        named=Named(kept.identity_digest, kept.name_digest, kept.masked_id, kept.masked_name),
        person_id=kept.person_id,
        doubt=Reason(kept.reason) if nobody and kept.reason in _DOUBTS else None,
        order_lapsed=kept.reason == Reason.ORDER_EXPIRED,
        choice=AS_REGISTERED if another_year else Choice(kept.chosen_tier, kept.chosen_add_on_fen),
        repaired_year=None if another_year else kept.repaired_year,
    )


def _payment(said: CorrectedPayment, line: Line) -> NewPayment:
    return NewPayment(
        id=line.payment_id,
        channel=line.channel,
        transaction_no=said.transaction_no,
        order_no=said.order_no,
        county=line.county,
        coverage_year=line.coverage_year,
        amount_fen=said.amount_fen,
        paid_at=said.paid_at,
        received_at=line.received_at,
        payer_digest=line.payer_digest,
        employee_fund=line.employee_fund,
    )
