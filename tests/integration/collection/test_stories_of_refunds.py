"""Money that goes back in parts leaves the rest where it was; only what withdraws a contribution opens it."""

import pytest

from libs.common.events.collection import PaymentReceived

from .conftest import PRICE, id_number, name, states

PART = 100


async def line_of(counter, payment):
    (line,) = (await counter.payment(payment["payment_id"]))["lines"]
    return line["state"], line["reason"], line["amount_fen"] - line["refunded_fen"]


class TestAPart:
    @pytest.mark.parametrize("times", [1, 2])
    async def test_of_an_applied_payment_leaves_voucher_and_cover(self, counter, times):
        """One yuan of 250 is given back; told twice it is still one yuan."""
        await counter.tell(counter.assessed(1))
        payment = await counter.pay("T1", 1)
        for _ in range(times):
            fact = counter.refunded(
                payment["payment_id"], 1, "paid", refund_id=5, amount_fen=PART, withdraws=False
            )
            await counter.tell(fact)
        assert await line_of(counter, payment) == ("applied", None, PRICE - PART)
        voucher = await counter.http.get(f"/v1/vouchers/{payment['lines'][0]['voucher_no']}")
        assert voucher.json()["state"] == "issued"
        search = {"id_number": id_number(1), "name": name(1), "county": "youxi", "coverage_year": 2020}
        found = (await counter.http.post("/v1/dues/search", json=search)).json()
        assert (found["state"], found["payable_fen"]) == ("paid", 0)
        assert found["payment"]["amount_fen"] == PRICE - PART
        assert states(await counter.pay("T2", 1)) == [("suspended", "already_paid")]

    async def test_of_money_in_suspense_leaves_the_rest_to_be_applied(self, counter):
        """400 instead of 250, 150 given back."""
        await counter.tell(counter.assessed(1))
        payment = await counter.pay_part("T1", 1, 40_000)
        key = (payment["payment_id"], 1)
        await counter.tell(counter.refunded(*key, "paid", amount_fen=15_000, withdraws=False))
        assert await line_of(counter, payment) == ("suspended", "wrong_amount", 25_000)
        waiting = (await counter.http.get("/v1/suspense")).json()
        assert (waiting["amount_fen"], waiting["items"][0]["amount_fen"]) == (25_000, 25_000)

        applied = await counter.http.post(f"/v1/suspense/{key[0]}/1/apply", json={})
        assert (applied.status_code, applied.json()["amount_fen"]) == (200, 25_000)
        received = [fact for fact in await counter.published() if isinstance(fact, PaymentReceived)]
        assert [fact.own_fen for fact in received] == [25_000]

    async def test_of_suspense_and_then_the_rest_of_it_ends_the_line(self, counter):
        await counter.tell(counter.assessed(1))
        payment = await counter.pay_part("T1", 1, 40_000)
        key = (payment["payment_id"], 1)
        for number, fen in ((1, 15_000), (2, 25_000)):
            await counter.tell(
                counter.refunded(*key, "paid", refund_id=number, amount_fen=fen, withdraws=False)
            )
        assert await line_of(counter, payment) == ("refunded", "wrong_amount", 0)

    async def test_that_the_bank_sends_back_is_there_again(self, counter):
        await counter.tell(counter.assessed(1))
        payment = await counter.pay("T1", 1)
        told = {"refund_id": 5, "amount_fen": PART, "withdraws": False}
        key = (payment["payment_id"], 1)
        await counter.tell(counter.refunded(*key, "paid", **told))
        await counter.tell(counter.refunded(*key, "returned", **told))
        assert await line_of(counter, payment) == ("applied", None, PRICE)
        await counter.tell(counter.refunded(*key, "paid", attempt=2, **told))
        assert await line_of(counter, payment) == ("applied", None, PRICE - PART)

    async def test_whose_return_is_told_before_its_payment_ends_the_same(self, counter):
        await counter.tell(counter.assessed(1))
        payment = await counter.pay("T1", 1)
        told = {"refund_id": 5, "amount_fen": PART, "withdraws": False}
        key = (payment["payment_id"], 1)
        await counter.tell(counter.refunded(*key, "returned", **told))
        await counter.tell(counter.refunded(*key, "paid", **told))
        assert await line_of(counter, payment) == ("applied", None, PRICE)


class TestTheWhole:
    async def test_that_withdraws_opens_the_due_and_voids_the_voucher(self, counter):
        await counter.tell(counter.assessed(1))
        payment = await counter.pay("T1", 1)
        await counter.tell(counter.refunded(payment["payment_id"], 1, "paid", withdraws=True))
        assert await line_of(counter, payment) == ("refunded", None, 0)
        assert [row.state for row in await counter.rows("SELECT state FROM dues")] == ["open"]
        assert states(await counter.pay("T2", 1)) == [("applied", None)]

    async def test_less_the_help_ends_the_contribution_and_only_it_can_come_back(self, counter):
        """280 paid, 200 of it helped: 80 go to the family, and the bank sends them back."""
        await counter.tell(counter.assessed(1))
        payment = await counter.pay("T1", 1)
        told = {"amount_fen": 8_000, "withdraws": True}
        key = (payment["payment_id"], 1)
        await counter.tell(counter.refunded(*key, "paid", **told))
        assert (await line_of(counter, payment))[0] == "refunded"
        await counter.tell(counter.refunded(*key, "returned", **told))
        assert await line_of(counter, payment) == ("suspended", "refund_returned", 8_000)

    async def test_after_a_part_sends_back_only_itself(self, counter):
        await counter.tell(counter.assessed(1))
        payment = await counter.pay("T1", 1)
        key = (payment["payment_id"], 1)
        whole = {"refund_id": 6, "amount_fen": PRICE - PART, "withdraws": True}
        await counter.tell(
            counter.refunded(*key, "paid", refund_id=5, amount_fen=PART, withdraws=False),
            counter.refunded(*key, "paid", **whole),
            counter.refunded(*key, "returned", **whole),
        )
        assert await line_of(counter, payment) == ("suspended", "refund_returned", PRICE - PART)
