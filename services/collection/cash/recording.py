"""Records money that a collector took: as a payment for the matcher, with its paper and its term in hand."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import store as cases
from libs.common.cases.store import NewCase
from libs.common.clock import business_date
from libs.common.identity import IdentityNumberInvalid, identify
from libs.common.security.audit import record_lookup
from libs.common.security.digests import Digests
from libs.common.web.problems import FieldError
from libs.common.web.schemas import shanghai
from services.collection.cases.rules import CASH_ENTERED_LATE, LOST_VOUCHER_USED
from services.collection.cash import rules, store
from services.collection.cash.looking import Desk, Look, look_at, pointer_of, refused
from services.collection.cash.ordering import orders_of
from services.collection.cash.owing import known_of
from services.collection.cash.repairing import Repaired, repairs_of
from services.collection.cash.rules import HeldFor, ReceiptItem, TakenMoney
from services.collection.cash.store import NewReceipt, UsedVoucher
from services.collection.channels import by_hand
from services.collection.channels.by_hand import KnownPart, RepairPart, TakenPayment
from services.collection.channels.generic import NotifiedItem, NotifiedPayment
from services.collection.channels.port import HELD, PAYMENT
from services.collection.dues.rules import Due
from services.collection.intake.claims_store import Claim, store_claims


async def record(
    conn: AsyncConnection, digests: Digests, desk: Desk, taken: Sequence[TakenMoney], pointers: Sequence[str]
) -> list[NewReceipt]:
    """Record receipts, all or none. `pointers` say where each stands in what was sent. Raises Problem."""
    faults = [
        FieldError(f"{at}{fault.pointer}", fault.detail, fault.detail_zh)
        for at, one in zip(pointers, taken, strict=True)
        for fault in rules.faults_of(desk.notice, desk.channel, one, desk.now)
    ]
    people, number_faults = _digested(digests, taken, pointers, desk.now)
    faults += number_faults
    ordered, order_faults = await orders_of(conn, desk, taken, pointers)
    faults += order_faults
    if not faults:
        faults = await _outside(conn, desk, people)
    known, unknown = await known_of(conn, desk, taken, pointers)
    faults += unknown
    repaired, repair_faults = await repairs_of(conn, digests, desk, taken, pointers, people)
    if faults or repair_faults:
        raise refused([*faults, *repair_faults])
    sizes = [len(ordered[one.order.order_no].people) if one.order else len(one.items) for one in taken]
    ids = await store.receipt_ids(conn, len(taken))
    looks = await look_at(conn, desk, taken, pointers)
    held = [one.held_for for one in looks]
    parts = [
        [_part(item, repaired.get(f"{at}/items/{no}"), known) for no, item in enumerate(one.items)]
        for at, one in zip(pointers, taken, strict=True)
    ]
    claims = [_claim(desk, *each) for each in zip(ids, taken, parts, held, strict=True)]
    payments = await store_claims(conn, claims)
    _check_new(claims, payments, pointers)
    receipts = [
        _receipt(desk, receipt_id, one, size, why, payments[claim.channel, claim.dedupe_key])
        for receipt_id, one, size, why, claim in zip(ids, taken, sizes, held, claims, strict=True)
    ]
    await store.add(conn, receipts)
    await _use_paper(conn, desk, receipts, taken, pointers)
    looked = zip(receipts, looks, strict=True)
    await cases.open_cases(conn, [_case(*each) for each in looked if each[1].held_for is not None])
    return receipts


def _digested(
    digests: Digests, taken: Sequence[TakenMoney], pointers: Sequence[str], now: datetime
) -> tuple[dict[str, str], list[FieldError]]:
    """Where each number stands -> its digest; numbers that cannot exist are faults."""
    found: dict[str, str] = {}
    faults: list[FieldError] = []
    for at, one in zip(pointers, taken, strict=True):
        for no, item in enumerate(one.items):
            if item.person_id is not None:
                continue
            pointer = f"{at}/items/{no}/id_number"
            try:
                found[pointer] = digests.document(identify(item.id_number, business_date(now)))
            except IdentityNumberInvalid as error:
                faults.append(FieldError(pointer, str(error), error.message_zh))
    return found, faults


async def _outside(conn: AsyncConnection, desk: Desk, people: Mapping[str, str]) -> list[FieldError]:
    """Refuse to take money for people of other places, where the notice does; and note who was looked up."""
    county, year = desk.collector.county, desk.notice.year
    known = await store.named(conn, sorted(set(people.values())), county, year)
    ids = sorted({one.person_id for one in known.values()})
    await record_lookup(conn, desk.caller, operation="record_cash_receipts", at=desk.now, person_ids=ids)
    place = desk.collector.division_code
    return [
        FieldError(
            pointer,
            f"Enrolled in another place: money is taken here for the own area only ({desk.channel.clause}).",
            f"参保地不在本辖区：按通知{desk.channel.clause}只能为本辖区人员收缴。",
        )
        for pointer, digest in people.items()
        if (found := known.get(digest)) and rules.lies_outside(desk.channel, place, found.division_code)
    ]


def _part(item: ReceiptItem, repaired: Repaired | None, known: Mapping[int, Due]) -> KnownPart | NotifiedItem:
    if item.person_id is not None:
        name = known[item.person_id].masked_name or ""
        return KnownPart(person_id=item.person_id, masked_name=name, amount_fen=item.amount_fen)
    said = NotifiedItem(id_number=item.id_number, name=item.name, amount_fen=item.amount_fen)
    if repaired is None:
        return said
    return RepairPart(**said.model_dump(), repaired_years=repaired.years, repair_fen=repaired.fen)


def _claim(
    desk: Desk,
    receipt_id: int,
    taken: TakenMoney,
    parts: Sequence[KnownPart | NotifiedItem],
    held_for: HeldFor | None,
) -> Claim:
    """What a channel would have said of this money, and which lapsed years it repairs."""
    in_hand = taken.instrument in rules.IN_HAND
    channel = rules.cash_channel(desk.collector.collector_id) if in_hand else desk.channel.code
    number = f"R{receipt_id}" if in_hand else taken.reference or ""
    own = any(isinstance(one, RepairPart | KnownPart) for one in parts)
    message: type[NotifiedPayment] = TakenPayment if own else NotifiedPayment
    said = message(
        transaction_no=number,
        paid_at=taken.paid_at,
        amount_fen=taken.amount_fen,
        county=desk.collector.county,
        coverage_year=desk.notice.year,
        order_no=taken.order.order_no if taken.order is not None else None,
        items=tuple(parts),
    )
    data = said.model_dump(mode="json", exclude_none=True) | {"paid_at": shanghai(said.paid_at)}
    return Claim(
        channel=channel,
        dedupe_key=number,
        kind=PAYMENT if held_for is None else HELD,
        content_sha256=by_hand.digest_of(said),
        headers=orjson.dumps({"entered_by": desk.caller.subject}).decode(),
        raw=orjson.dumps({"type": by_hand.TYPE if own else "payment.succeeded", "data": data}),
        county=said.county,
        coverage_year=said.coverage_year,
        received_at=desk.now,
    )


def _check_new(
    claims: Sequence[Claim], payments: Mapping[tuple[str, str], int], pointers: Sequence[str]
) -> None:
    """A number of a POS slip or transfer that is on record already is no new money."""
    known: set[tuple[str, str]] = set()
    faults = []
    for at, claim in zip(pointers, claims, strict=True):
        key = claim.channel, claim.dedupe_key
        if key not in payments or key in known:
            faults.append(
                FieldError(f"{at}/reference", "This number is on record already.", "该流水号已登记过。")
            )
        known.add(key)
    if faults:
        raise refused(faults)


def _receipt(
    desk: Desk, receipt_id: int, taken: TakenMoney, people: int, held_for: HeldFor | None, payment_id: int
) -> NewReceipt:
    in_hand = taken.instrument in rules.IN_HAND
    term = rules.term_of(desk.notice, taken.paid_at) if in_hand else rules.Term()
    return NewReceipt(
        receipt_id=receipt_id,
        collector_id=desk.collector.collector_id,
        county=desk.collector.county,
        division_code=desk.collector.division_code,
        coverage_year=desk.notice.year,
        instrument=taken.instrument,
        reference=taken.reference,
        people=people,
        amount_fen=taken.amount_fen,
        paid_at=taken.paid_at,
        due_on=term.due_on,
        due_year_unknown=term.year_unknown,
        entered_at=desk.now,
        entered_by=desk.caller.subject,
        state="passed" if held_for is None else "held",
        held_for=held_for,
        payment_id=payment_id,
        order_no=taken.order.order_no if taken.order is not None else None,
    )


async def _use_paper(
    conn: AsyncConnection,
    desk: Desk,
    receipts: Sequence[NewReceipt],
    taken: Sequence[TakenMoney],
    pointers: Sequence[str],
) -> None:
    """Note the numbers of paper, each once in the county. Raises Problem for one that was used."""
    code = desk.channel.voucher or desk.channel.code
    where = {
        UsedVoucher(desk.collector.county, code, number, receipt.receipt_id, line): (at, line, number)
        for receipt, one, at in zip(receipts, taken, pointers, strict=True)
        for line, number in one.voucher_nos
    }
    new = await store.use_vouchers(conn, list(where))
    faults = [
        FieldError(
            pointer_of(at, line),
            f"Voucher {number} was used already; look at the paper, each number is used once.",
            f"票据号码 {number} 已使用过；请核对票据，一号只能用一次。",
        )
        for used, (at, line, number) in where.items()
        if used not in new
    ]
    if faults:
        raise refused(faults)


def _case(receipt: NewReceipt, look: Look) -> NewCase:
    kind = CASH_ENTERED_LATE if receipt.held_for == "late_entry" else LOST_VOUCHER_USED
    return NewCase(
        kind=kind.code,
        subject=f"cash-receipts/{receipt.receipt_id}",
        owner=kind.owner,
        proposed=kind.steps[0].code,
        opened_at=receipt.entered_at,
        evidence={
            "receipt_id": receipt.receipt_id,
            "collector_id": receipt.collector_id,
            "paid_at": shanghai(receipt.paid_at),
            "entered_at": shanghai(receipt.entered_at),
            "doubts": dict(look.doubts),
        },
        county=receipt.county,
        coverage_year=receipt.coverage_year,
        division_code=receipt.division_code,
        amount_fen=receipt.amount_fen,
    )
