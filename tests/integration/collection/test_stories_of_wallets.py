"""What wallets post as forms: paid, refunded in parts, told twice, late, wrong, or by somebody else."""

from datetime import timedelta
from itertools import permutations

import pytest

from canbao.simulator.unionpay import COMMON_NAME, issue

from .conftest import NOW, PRICE, states
from .test_stories_of_returns import cases, dues, lines, returned

LATER = NOW + timedelta(days=2)


class Trade:
    """One order that is paid through Alipay."""

    def __init__(self, counter, order):
        self.counter = counter
        self.said = {
            "trade_no": "A1",
            "out_trade_no": order["order_no"],
            "amount_fen": order["amount_fen"],
            "paid_at": NOW,
        }

    def paid(self, **changes):
        return self.counter.keys.alipay().payment(**(self.said | changes))

    def refunded(self, so_far, number, **changes):
        back = {"refunded_fen": so_far, "request_no": number, "returned_at": LATER}
        return self.counter.keys.alipay().refund(**(self.said | back | changes))


async def trade_of(counter, *people):
    for person in people:
        await counter.tell(counter.assessed(person))
    body = {"county": "youxi", "coverage_year": 2020, "person_ids": list(people), "channel": "alipay"}
    return Trade(counter, (await counter.http.post("/v1/orders", json=body)).json())


async def send(counter, *requests):
    """Everything is answered as its channel wants it, and matched."""
    for request in requests:
        answer = await counter.deliver(request, LATER)
        word = "success" if "alipay" in request.path else "ok"
        assert (answer.status_code, answer.text) == (200, word)
        await counter.match()


class TestPaidThroughAlipay:
    async def test_an_order_is_paid_by_the_first_notice_whatever_is_repeated(self, counter):
        trade = await trade_of(counter, 1, 2)
        await send(counter, trade.paid(), trade.paid(), trade.paid(trade_status="TRADE_FINISHED"))
        assert await lines(counter) == [("applied", PRICE), ("applied", PRICE)]
        assert await dues(counter) == ["paid", "paid"]
        assert await counter.count("payments") == 1

    async def test_finished_may_come_alone_when_the_first_notice_was_lost(self, counter):
        trade = await trade_of(counter, 1)
        await send(counter, trade.paid(trade_status="TRADE_FINISHED"))
        assert await dues(counter) == ["paid"]

    @pytest.mark.parametrize("changes", [{"seller_id": "2089"}, {"app_id": "2020"}, {"out_trade_no": "x"}])
    async def test_money_for_somebody_else_is_held_and_never_lost(self, counter, changes):
        trade = await trade_of(counter, 1)
        await send(counter, trade.paid(**changes))
        (payment,) = await counter.rows("SELECT id FROM payments")
        assert states(await counter.payment(payment.id)) == [("suspended", "unknown_order")]
        assert await dues(counter) == ["open"]

    async def test_another_amount_under_one_number_is_refused_and_the_first_stands(self, counter):
        trade = await trade_of(counter, 1)
        await send(counter, trade.paid())
        answer = await counter.deliver(trade.paid(total_amount="1.00"))
        assert (answer.status_code, answer.text) == (409, "failure")
        assert await lines(counter) == [("applied", PRICE)]

    async def test_a_notice_that_was_changed_is_refused_and_leaves_nothing(self, counter):
        trade = await trade_of(counter, 1)
        forged = trade.paid()
        forged = type(forged)(forged.path, forged.headers, forged.body.replace(b"250.00", b"250.01"))
        answer = await counter.deliver(forged)
        assert (answer.status_code, answer.text) == (401, "failure")
        assert await counter.count("notifications") == 0

    async def test_what_cannot_be_read_is_kept_and_parked_and_stops_nobody(self, counter):
        trade = await trade_of(counter, 1)
        await send(counter, trade.paid(total_amount="250 yuan", trade_no="A0"), trade.paid())
        assert await dues(counter) == ["paid"]
        (parked,) = (await counter.http.get("/v1/parked-notifications")).json()["items"]
        assert parked["transaction_no"] == "unread:A0-paid"


class TestRefundsAtAlipay:
    async def test_of_parts_are_booked_one_by_one_and_close_the_line_at_the_end(self, counter):
        trade = await trade_of(counter, 1)
        parts = [trade.refunded(100, "Q1"), trade.refunded(300, "Q2")]
        await send(counter, trade.paid(), *parts, *parts)
        assert await lines(counter) == [("applied", PRICE - 300)]
        await send(counter, trade.refunded(PRICE, "Q3"))
        assert await lines(counter) == [("refunded", 0)]
        assert [fact.amount_fen for fact in await returned(counter)] == [100, 200, PRICE - 300]
        assert await dues(counter) == ["open"]

    @pytest.mark.parametrize("order", list(permutations(range(3))))
    @pytest.mark.parametrize("together", [False, True])
    async def test_in_whatever_order_the_notices_come_the_same_money_went_back(
        self, counter, order, together
    ):
        trade = await trade_of(counter, 1)
        told = [trade.paid(), *(trade.refunded(fen, f"Q{fen}") for fen in (100, 350))]
        requests = [told[number] for number in order]
        if together:
            for request in requests:
                assert (await counter.deliver(request, LATER)).text == "success"
            await counter.match()
        else:
            await send(counter, *requests)
        assert await lines(counter) == [("applied", PRICE - 350)]
        assert await cases(counter) == []

    async def test_a_notice_that_was_lost_is_in_the_next(self, counter):
        trade = await trade_of(counter, 1)
        await send(counter, trade.paid(), trade.refunded(300, "Q2"))
        assert await lines(counter) == [("applied", PRICE - 300)]

    async def test_that_name_no_amount_ask_somebody(self, counter):
        trade = await trade_of(counter, 1)
        await send(counter, trade.paid(), trade.paid(trade_status="TRADE_CLOSED", notify_id="n2"))
        assert await lines(counter) == [("applied", PRICE)]
        assert await cases(counter) == ["return_abnormal"]


class TestUnionPay:
    async def paid(self, counter, **changes):
        await counter.tell(counter.assessed(1))
        body = {"county": "youxi", "coverage_year": 2020, "person_ids": [1], "channel": "unionpay"}
        order = (await counter.http.post("/v1/orders", json=body)).json()
        said = {"query_id": "U1", "order_id": order["order_no"], "amount_fen": PRICE, "paid_at": NOW}
        return counter.keys.unionpay().payment(**(said | changes))

    def back(self, counter, fen=PRICE, **changes):
        said = {"query_id": "U2", "original_id": "U1", "order_id": "R1", "amount_fen": fen}
        return counter.keys.unionpay().refund(**said, returned_at=LATER, **changes)

    async def test_a_purchase_pays_its_order_whether_the_page_or_the_notice_comes_first(self, counter):
        request = await self.paid(counter)
        await send(counter, request, request)
        assert await lines(counter) == [("applied", PRICE)]
        assert await dues(counter) == ["paid"]

    @pytest.mark.parametrize("txn_type", ["04", "31"])
    @pytest.mark.parametrize("first", ["purchase", "return"])
    async def test_what_goes_back_opens_the_due_whichever_comes_first(self, counter, txn_type, first):
        told = [await self.paid(counter), self.back(counter, txnType=txn_type)]
        await send(counter, *(told if first == "purchase" else reversed(told)))
        assert await lines(counter) == [("refunded", 0)]
        assert await dues(counter) == ["open"]
        assert await cases(counter) == []

    async def test_a_part_leaves_the_contribution(self, counter):
        await send(counter, await self.paid(counter), self.back(counter, 100))
        assert await lines(counter) == [("applied", PRICE - 100)]

    async def test_a_refund_of_which_nobody_knows_asks_until_it_succeeds(self, counter):
        await send(counter, await self.paid(counter), self.back(counter, respCode="05"))
        assert await cases(counter) == ["return_abnormal"]
        await send(counter, self.back(counter))
        assert await lines(counter) == [("refunded", 0)]
        assert await cases(counter) == []

    @pytest.mark.parametrize(("code", "number"), [("05", 0), ("34", 0), ("A6", 1)])
    async def test_only_success_is_money(self, counter, code, number):
        await send(counter, await self.paid(counter, respCode=code))
        assert await counter.count("payments") == number

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"merId": "1"}, "unknown_order"),
            ({"currencyCode": "840"}, "wrong_amount"),
            ({"orderId": "x"}, "unknown_order"),
        ],
    )
    async def test_what_does_not_fit_is_held(self, counter, changes, reason):
        await send(counter, await self.paid(counter, **changes))
        (payment,) = await counter.rows("SELECT id FROM payments")
        assert states(await counter.payment(payment.id)) == [("suspended", reason)]

    async def test_a_certificate_that_anybody_made_is_refused_and_leaves_nothing(self, counter):
        request = await self.paid(counter)
        root = issue("Root of tests", None, NOW - timedelta(days=1))
        forged = counter.keys.unionpay().signed_by(issue(COMMON_NAME, root, NOW - timedelta(days=1)))
        answer = await counter.deliver(
            forged.payment(query_id="U1", order_id="O1", amount_fen=PRICE, paid_at=NOW)
        )
        assert (answer.status_code, answer.text) == (401, "failure")
        assert await counter.count("notifications") == 0
        await send(counter, request)
        assert await dues(counter) == ["paid"]
