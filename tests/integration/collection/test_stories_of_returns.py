"""Money that a channel gave back by itself is seen, booked once, and never paid out twice in silence."""

from datetime import timedelta

import pytest

from libs.common.events.collection import PaymentReturned

from .conftest import NOW, PRICE, VILLAGE, id_number, states

LATER = NOW + timedelta(days=2)


async def ordered(counter, *people):
    body = {"county": "youxi", "coverage_year": 2020, "person_ids": list(people), "channel": "wechat"}
    return (await counter.http.post("/v1/orders", json=body)).json()


async def paid_by_wechat(counter, *people, transaction="W1", **changes):
    order = await ordered(counter, *people)
    return counter.keys.wechat().payment(
        transaction_id=transaction,
        out_trade_no=order["order_no"],
        amount_fen=order["amount_fen"],
        paid_at=NOW,
        **changes,
    )


def refund(counter, fen=PRICE, event="REFUND.SUCCESS", number="R1", transaction="W1"):
    return counter.keys.wechat().refund(
        refund_id=number, transaction_id=transaction, amount_fen=fen, event=event, returned_at=LATER
    )


def told(
    counter, kind="refunded", fen: int | None = PRICE, number: str | None = "R1", transaction="T1", **changes
):
    data = {"transaction_no": transaction, "returned_at": LATER.isoformat()}
    if number is not None:
        data["return_no"] = number
    if fen is not None:
        data["amount_fen"] = fen
    return counter.keys.sender().event(f"payment.{kind}", data | changes)


async def send(counter, *requests):
    for request in requests:
        answer = await counter.deliver(request, LATER)
        assert answer.status_code in (200, 202), answer.text
    await counter.match()


async def lines(counter):
    rows = await counter.rows("SELECT * FROM payment_lines ORDER BY payment_id, line_no")
    return [(row.state, row.amount_fen - row.refunded_fen) for row in rows]


async def cases(counter, state="open"):
    """What is unclear about returns; that one ended somebody's cover is a case by itself."""
    items = (await counter.http.get("/v1/cases", params={"state": state})).json()["items"]
    return sorted(item["kind"] for item in items if item["kind"] != "return_ends_cover")


async def returned(counter):
    return [fact for fact in await counter.published() if isinstance(fact, PaymentReturned)]


async def dues(counter):
    return [row.state for row in await counter.rows("SELECT state FROM dues ORDER BY person_id")]


class TestRefundsInTheConsoleOfWeChat:
    async def test_of_an_applied_payment_open_the_due_and_void_the_voucher(self, counter):
        await counter.tell(counter.assessed(1))
        await send(counter, await paid_by_wechat(counter, 1), refund(counter), refund(counter))
        assert await lines(counter) == [("refunded", 0)]
        assert await dues(counter) == ["open"]
        (voucher,) = await counter.rows("SELECT void_reason FROM vouchers")
        assert voucher.void_reason == "refunded"
        (fact,) = await returned(counter)
        assert (fact.amount_fen, fact.left_fen, fact.withdraws, fact.was_applied) == (PRICE, 0, True, True)
        assert (fact.kind, fact.return_no, fact.person_id) == ("refund", "R1", 1)
        assert await cases(counter) == []

    async def test_of_a_part_leave_the_contribution(self, counter):
        await counter.tell(counter.assessed(1))
        await send(counter, await paid_by_wechat(counter, 1), refund(counter, 100))
        assert await lines(counter) == [("applied", PRICE - 100)]
        assert await dues(counter) == ["paid"]
        (fact,) = await returned(counter)
        assert (fact.left_fen, fact.withdraws) == (PRICE - 100, False)

    async def test_before_their_payment_wait_for_it(self, counter):
        await counter.tell(counter.assessed(1))
        payment = await paid_by_wechat(counter, 1)
        await send(counter, refund(counter))
        assert await cases(counter) == ["return_unmatched"]
        await send(counter, payment)
        assert await lines(counter) == [("refunded", 0)]
        assert await cases(counter) == []
        assert await cases(counter, "closed") == ["return_unmatched"]

    async def test_of_a_double_payment_take_the_one_in_suspense(self, counter):
        await counter.tell(counter.assessed(1))
        await counter.pay("T1", 1)
        body = counter.keys.wechat().payment(
            transaction_id="W1", out_trade_no="CB1", amount_fen=PRICE, paid_at=NOW
        )
        await send(counter, body, refund(counter))
        assert await lines(counter) == [("applied", PRICE), ("refunded", 0)]
        assert await dues(counter) == ["paid"]

    @pytest.mark.parametrize("event", ["REFUND.ABNORMAL", "REFUND.CLOSED"])
    async def test_that_fail_are_seen_and_change_nothing_until_they_succeed(self, counter, event):
        await counter.tell(counter.assessed(1))
        await send(counter, await paid_by_wechat(counter, 1), refund(counter, event=event))
        assert await lines(counter) == [("applied", PRICE)]
        assert await cases(counter) == ["return_abnormal"]
        await send(counter, refund(counter))
        assert await lines(counter) == [("refunded", 0)]
        assert await cases(counter) == []

    @pytest.mark.parametrize("together", [False, True])
    async def test_that_failed_before_they_succeeded_ask_nothing_when_told_late(self, counter, together):
        await counter.tell(counter.assessed(1))
        await send(counter, await paid_by_wechat(counter, 1))
        told_late = [refund(counter), refund(counter, event="REFUND.ABNORMAL")]
        if together:
            await send(counter, *told_late)
        else:
            for one in told_late:
                await send(counter, one)
        assert await lines(counter) == [("refunded", 0)]
        assert await cases(counter) == []

    async def test_that_end_cover_are_a_case_until_it_is_paid_again(self, counter):
        await counter.tell(counter.assessed(1))
        await send(counter, await paid_by_wechat(counter, 1), refund(counter))
        (case,) = (await counter.http.get("/v1/cases")).json()["items"]
        assert (case["kind"], case["person_id"], case["amount_fen"]) == ("return_ends_cover", 1, PRICE)
        assert case["division_code"] == VILLAGE
        await counter.pay("T2", 1)
        assert (await counter.http.get("/v1/cases")).json()["items"] == []

    @pytest.mark.parametrize("told_first", ["payment", "failure"])
    @pytest.mark.parametrize("event", ["REFUND.ABNORMAL", "REFUND.CLOSED"])
    async def test_that_fail_are_seen_by_the_officers_of_the_village(
        self, counter, signing_key, event, told_first
    ):
        await counter.tell(counter.assessed(1))
        told = [await paid_by_wechat(counter, 1), refund(counter, event=event)]
        for one in told if told_first == "payment" else reversed(told):
            await send(counter, one)
        token = signing_key.issue("officer", ["collection:read", "collection:decide"], VILLAGE[:6])
        theirs = {"authorization": f"Bearer {token}"}
        (case,) = (await counter.http.get("/v1/cases?county=youxi", headers=theirs)).json()["items"]
        assert (case["kind"], case["person_id"], case["county"]) == ("return_abnormal", 1, "youxi")

    async def test_that_fail_are_not_asked_about_again_when_their_payment_comes_after_the_decision(
        self, counter
    ):
        await counter.tell(counter.assessed(1))
        payment = await paid_by_wechat(counter, 1)
        await send(counter, refund(counter, event="REFUND.CLOSED"))
        (case,) = (await counter.http.get("/v1/cases")).json()["items"]
        assert (case["county"], case["person_id"]) == (None, None)
        decision = {"step": "noted", "reason": "已核实"}
        path = f"/v1/cases/{case['case_id']}/decision"
        assert (await counter.http.post(path, json=decision)).status_code == 200
        await send(counter, payment)
        assert await cases(counter) == []

    async def test_a_transaction_that_is_called_refunded_was_paid(self, counter):
        await counter.tell(counter.assessed(1))
        await send(counter, await paid_by_wechat(counter, 1, trade_state="REFUND"))
        assert await lines(counter) == [("applied", PRICE)]
        assert await cases(counter) == ["return_announced"]
        found = (await counter.http.get("/v1/payments?transaction_no=W1")).json()["items"]
        assert [one["transaction_no"] for one in found] == ["W1"]
        await send(counter, refund(counter))
        assert await lines(counter) == [("refunded", 0)]
        assert await cases(counter) == []

    @pytest.mark.parametrize("first", ["SUCCESS", "REFUND"])
    async def test_a_transaction_told_of_as_paid_and_as_refunded_is_one_payment(self, counter, first):
        await counter.tell(counter.assessed(1))
        one = await paid_by_wechat(counter, 1)
        order = (await counter.rows("SELECT order_no FROM orders"))[0].order_no
        other = counter.keys.wechat().payment(
            transaction_id="W1", out_trade_no=order, amount_fen=PRICE, paid_at=NOW, trade_state="REFUND"
        )
        await send(counter, *((one, other) if first == "SUCCESS" else (other, one)))
        assert await lines(counter) == [("applied", PRICE)]
        assert await counter.count("payments") == 1


class TestRefundsOfBanksAndTheTaxOffice:
    async def test_are_taken_by_the_person_that_is_named(self, counter):
        await counter.tell(counter.assessed(1), counter.assessed(2))
        await counter.pay("T1", 1, 2)
        await send(counter, told(counter, fen=100, id_number=id_number(2)))
        assert await lines(counter) == [("applied", PRICE), ("applied", PRICE - 100)]

    @pytest.mark.parametrize("named", [id_number(2), "110105194912310021"])
    async def test_that_name_somebody_else_than_was_paid_for_are_a_question(self, counter, named):
        """Another person, or a number that nobody can have."""
        await counter.tell(counter.assessed(1), counter.assessed(2))
        await counter.pay("T1", 1)
        await send(counter, told(counter, id_number=named))
        assert (await lines(counter), await cases(counter)) == ([("applied", PRICE)], ["return_ambiguous"])

    async def test_that_name_nobody_are_a_question_where_several_would_do(self, counter):
        await counter.tell(counter.assessed(1), counter.assessed(2))
        await counter.pay("T1", 1, 2)
        await send(counter, told(counter))
        assert await lines(counter) == [("applied", PRICE), ("applied", PRICE)]
        (case,) = (await counter.http.get("/v1/cases")).json()["items"]
        assert case["kind"] == "return_ambiguous"
        path = f"/v1/returns/{case['evidence']['notification_id']}/assign"
        refused = await counter.http.post(path, json={"line_no": 3})
        assert refused.status_code == 409
        answer = await counter.http.post(path, json={"line_no": 2})
        assert answer.status_code == 200, answer.text
        seen = "SELECT person_id FROM person_lookups WHERE operation = 'assign_return'"
        assert [one.person_id for one in await counter.rows(seen)] == [2]
        assert await lines(counter) == [("applied", PRICE), ("refunded", 0)]
        assert await dues(counter) == ["paid", "open"]
        assert await cases(counter) == []
        assert (await counter.http.post(path, json={"line_no": 1})).status_code == 409

    async def test_of_the_whole_payment_take_everybodys_part(self, counter):
        await counter.tell(counter.assessed(1), counter.assessed(2))
        await counter.pay("T1", 1, 2)
        await send(counter, told(counter, fen=2 * PRICE))
        assert await lines(counter) == [("refunded", 0), ("refunded", 0)]
        assert await dues(counter) == ["open", "open"]

    async def test_a_reversal_undoes_the_payment_and_the_person_may_pay_again(self, counter):
        await counter.tell(counter.assessed(1))
        await counter.pay("T1", 1)
        await send(counter, told(counter, "reversed", None))
        assert await lines(counter) == [("refunded", 0)]
        (fact,) = await returned(counter)
        assert (fact.kind, fact.withdraws) == ("reversal", True)
        assert states(await counter.pay("T2", 1, at=LATER)) == [("applied", None)]

    @pytest.mark.parametrize("failed_first", [False, True])
    async def test_a_payment_that_failed_after_all_is_undone_whichever_is_told_first(
        self, counter, failed_first
    ):
        await counter.tell(counter.assessed(1))
        failed = told(counter, "failed", None, None)
        if failed_first:
            await send(counter, failed)
        await counter.pay("T1", 1)
        if not failed_first:
            await send(counter, failed)
        assert await lines(counter) == [("refunded", 0)]
        assert await dues(counter) == ["open"]
        assert await cases(counter) == []
        (fact,) = await returned(counter)
        assert (fact.kind, fact.amount_fen, fact.withdraws) == ("reversal", PRICE, True)

    @pytest.mark.parametrize("failed_first", [False, True])
    async def test_what_had_failed_and_was_paid_later_under_the_same_number_is_paid(
        self, counter, failed_first
    ):
        await counter.tell(counter.assessed(1))
        failed = told(counter, "failed", None, None)
        if failed_first:
            await send(counter, failed)
        payment = await counter.pay("T1", 1, at=LATER + timedelta(minutes=1))
        if not failed_first:
            await send(counter, failed)
        assert states(await counter.payment(payment["payment_id"])) == [("applied", None)]
        assert (await returned(counter), await cases(counter)) == ([], [])

    async def test_the_same_number_twice_is_once_and_with_another_amount_a_conflict(self, counter):
        await counter.tell(counter.assessed(1))
        await counter.pay("T1", 1)
        await send(counter, told(counter, fen=100), told(counter, fen=100))
        assert await lines(counter) == [("applied", PRICE - 100)]
        other = told(counter, fen=200)
        assert (await counter.deliver(other, LATER)).status_code == 409

    async def test_of_more_than_is_there_change_nothing_and_are_a_case(self, counter):
        await counter.tell(counter.assessed(1))
        await counter.pay("T1", 1)
        await send(counter, told(counter, fen=PRICE + 1))
        assert await lines(counter) == [("applied", PRICE)]
        assert await cases(counter) == ["return_exceeds"]

    async def test_after_a_refund_to_the_card_are_a_case_of_their_own(self, counter):
        await counter.tell(counter.assessed(1))
        payment = await counter.pay("T1", 1)
        await counter.tell(counter.refunded(payment["payment_id"], 1, "paid", withdraws=True))
        await send(counter, told(counter))
        assert await cases(counter) == ["return_after_refund"]
        assert await returned(counter) == []

    async def test_of_all_of_a_payment_that_is_reversed_end_what_is_left_of_it(self, counter):
        await counter.tell(counter.assessed(1))
        payment = await counter.pay("T1", 1)
        await send(counter, told(counter, fen=100))
        # Of a refund the channel has no more to give back than is there; a reversal leaves nothing.
        await send(counter, told(counter, number="R2"))
        assert (await lines(counter), await cases(counter)) == (
            [("applied", PRICE - 100)],
            ["return_exceeds"],
        )
        await send(counter, told(counter, kind="reversed", number="R3"))
        assert await lines(counter) == [("refunded", 0)]
        assert states(await counter.payment(payment["payment_id"])) == [("refunded", None)]
        assert (await cases(counter)) == ["return_exceeds"] * 2

    @pytest.mark.parametrize(("first", "excess"), [(PRICE, PRICE), (PRICE - 1_000, PRICE - 1_000)])
    async def test_before_a_refund_to_the_card_leave_the_difference_as_a_case(self, counter, first, excess):
        await counter.tell(counter.assessed(1))
        payment = await counter.pay("T1", 1)
        await send(counter, told(counter, fen=first))
        paid = counter.refunded(payment["payment_id"], 1, "paid", withdraws=True)
        for _ in range(2):
            await counter.tell(paid)
        assert await lines(counter) == [("refunded", 0)]
        found = (await counter.http.get("/v1/cases")).json()["items"]
        (case,) = [one for one in found if one["kind"] != "return_ends_cover"]
        assert (case["kind"], case["amount_fen"], case["person_id"]) == ("refund_exceeds", excess, 1)
        assert case["evidence"]["left_fen"] == PRICE - excess

        # The bank sends the refund back: of what the channel had given back nothing is there again.
        for _ in range(2):
            await counter.tell(counter.refunded(payment["payment_id"], 1, "returned", withdraws=True))
        back = ("suspended", PRICE - excess) if excess < PRICE else ("refunded", 0)
        assert await lines(counter) == [back]
        assert await cases(counter) == []
        assert await cases(counter, "closed") == ["refund_exceeds"]

    async def test_before_a_refund_to_the_card_that_the_bank_sends_back_are_no_case(self, counter):
        """The bank's second word is told first."""
        await counter.tell(counter.assessed(1))
        payment = await counter.pay("T1", 1)
        await send(counter, told(counter))
        for outcome in ("returned", "paid"):
            await counter.tell(counter.refunded(payment["payment_id"], 1, outcome, withdraws=True))
        assert (await lines(counter), await cases(counter)) == ([("refunded", 0)], [])

    @pytest.mark.parametrize(
        ("kind", "changes", "pointer"),
        [
            ("refunded", {"return_no": None}, "#/data"),
            ("refunded", {"amount_fen": 0}, "#/data/amount_fen"),
            ("reversed", {"returned_at": "2019-11-20"}, "#/data/returned_at"),
            ("reversed", {"returned_at": "2190-11-20T10:00:00+08:00"}, "#/data/returned_at"),
        ],
    )
    async def test_that_cannot_be_understood_are_refused_by_name(self, counter, kind, changes, pointer):
        answer = await counter.deliver(told(counter, kind, **changes), LATER)
        assert answer.status_code == 422, answer.text
        assert [error["pointer"][: len(pointer)] for error in answer.json()["errors"]] != []


async def test_an_unread_refund_is_parked_and_seen(counter):
    sent = counter.keys.wechat().notification("REFUND.SUCCESS", {"refund_id": "R7"}, "refund")
    await send(counter, sent)
    parked = (await counter.http.get("/v1/parked-notifications")).json()["items"]
    assert [one["channel"] for one in parked] == ["wechat"]
