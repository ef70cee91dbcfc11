"""Every fen of a payment gets one place: applied to what a person owed, or suspense with the reason."""

import asyncio
import time
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from libs.common import right_of_way
from libs.common.events import SubsidyLine
from libs.common.events.collection import PaymentReceived, PaymentRejudged, PaymentSuspended
from services.collection.matching import matching

from .conftest import CLOSES, NOW, OPENS, PRICE, RISES, VILLAGE, id_number, name, season, states

AID = SubsidyLine(payer="medical_assistance", status="dibao", amount_fen=18_000, mechanism="paid_on_behalf")


class TestApplied:
    async def test_money_that_fits_is_published_with_price_window_and_voucher(self, counter):
        await counter.tell(counter.assessed(1, schedule=season(subsidies=[AID], add_on=3000)))
        items = [{"id_number": id_number(1), "name": name(1), "amount_fen": 10_000}]
        payment = await counter.pay("T1", items=items, amount_fen=10_000)

        assert states(payment) == [("applied", None)]
        (fact,) = await counter.published()
        assert isinstance(fact, PaymentReceived)
        assert (fact.own_fen, fact.add_on_fen, fact.price_fen, fact.window) == (7000, 3000, PRICE, "main")
        assert (fact.person_id, fact.enrollment_id, fact.assessment_id) == (1, 1001, 10_011)
        assert (fact.county, fact.coverage_year, fact.division_code) == ("youxi", 2020, VILLAGE)
        assert (fact.subsidies, fact.paid_at, fact.received_at) == ((AID,), NOW, NOW)
        assert (fact.from_suspense, fact.voucher_no) == (False, payment["lines"][0]["voucher_no"])
        (row,) = await counter.rows("SELECT key, time FROM outbox")
        assert (row.key, row.time) == ("1", NOW)

    async def test_one_payment_covers_several_people_each_judged_alone(self, counter):
        await counter.tell(counter.assessed(1), counter.assessed(3))
        payment = await counter.pay("T1", 1, 2, 3)
        assert states(payment) == [("applied", None), ("suspended", "unknown_person"), ("applied", None)]
        assert sum(line["amount_fen"] for line in payment["lines"]) == payment["amount_fen"]
        kinds = [(type(fact), fact.line_no) for fact in await counter.published()]
        assert kinds == [(PaymentReceived, 1), (PaymentSuspended, 2), (PaymentReceived, 3)]

    async def test_the_instant_of_payment_decides_the_price_not_the_arrival(self, counter):
        await counter.tell(counter.assessed(1), counter.assessed(2))
        before = await counter.pay(
            "T1", 1, at=RISES + timedelta(hours=1), paid_at=RISES - timedelta(seconds=1)
        )
        after = await counter.pay("T2", 2, at=RISES + timedelta(hours=1), paid_at=RISES)
        assert (states(before), states(after)) == ([("applied", None)], [("suspended", "wrong_amount")])

    async def test_a_number_in_lower_case_or_full_width_finds_the_person(self, counter):
        await counter.tell(counter.assessed(1))
        wide = "".join(chr(ord(c) + 0xFEE0) for c in id_number(1).lower())
        items = [{"id_number": wide, "name": f" {name(1)} ", "amount_fen": PRICE}]
        assert states(await counter.pay("T1", items=items, amount_fen=PRICE)) == [("applied", None)]

    async def test_vouchers_of_a_county_and_day_are_numbered_without_gaps(self, counter):
        await counter.tell(*(counter.assessed(person) for person in range(1, 8)))
        await asyncio.gather(*(counter.notify(f"T{person}", person) for person in range(1, 8)))
        await counter.match()
        numbers = [row.voucher_no for row in await counter.rows("SELECT voucher_no FROM vouchers ORDER BY 1")]
        assert [number[:21] for number in numbers] == [f"35042620191120{n:07d}" for n in range(1, 8)]


class TestSuspended:
    async def reason(self, counter, *people, **changes):
        payment = await counter.pay("T1", *people, **changes)
        assert len(payment["lines"]) == 1
        (fact,) = await counter.published()
        assert isinstance(fact, PaymentSuspended)
        assert (fact.amount_fen, fact.reason) == (payment["amount_fen"], payment["lines"][0]["reason"])
        return fact.reason

    async def test_unknown_person_keeps_who_was_named_masked(self, counter):
        payment = await counter.pay("T1", 1)
        (line,) = payment["lines"]
        assert (line["reason"], line["person_id"]) == ("unknown_person", None)
        assert (line["masked_id"], line["masked_name"]) == (f"350426********{id_number(1)[-4:]}", "林**")
        (row,) = await counter.rows("SELECT key, data FROM outbox")
        assert row.key == f"payment-{payment['payment_id']}"
        assert id_number(1) not in row.data

    async def test_a_number_that_no_document_can_have_is_an_unknown_person(self, counter):
        items = [{"id_number": id_number(1)[:-1] + "Y", "name": name(1), "amount_fen": PRICE}]
        assert await self.reason(counter, items=items, amount_fen=PRICE) == "unknown_person"

    async def test_a_person_of_another_county_is_unknown_here(self, counter):
        await counter.tell(counter.assessed(1))
        assert await self.reason(counter, 1, county="huining") == "unknown_person"

    async def test_another_name(self, counter):
        await counter.tell(counter.assessed(1))
        items = [{"id_number": id_number(1), "name": "王五", "amount_fen": PRICE}]
        assert await self.reason(counter, items=items, amount_fen=PRICE) == "name_mismatch"

    async def test_another_amount(self, counter):
        await counter.tell(counter.assessed(1))
        items = [{"id_number": id_number(1), "name": name(1), "amount_fen": PRICE - 1}]
        assert await self.reason(counter, items=items, amount_fen=PRICE - 1) == "wrong_amount"

    async def test_another_year(self, counter):
        await counter.tell(counter.assessed(1))
        assert await self.reason(counter, 1, coverage_year=2021) == "wrong_year"

    async def test_parts_that_do_not_add_up_keep_the_payment_whole(self, counter):
        await counter.tell(counter.assessed(1), counter.assessed(2))
        assert await self.reason(counter, 1, 2, amount_fen=2 * PRICE + 1) == "wrong_amount"

    async def test_an_order_that_nobody_made(self, counter):
        await counter.tell(counter.assessed(1))
        assert await self.reason(counter, 1, order_no="CB404") == "unknown_order"

    @pytest.mark.parametrize("paid_at", [OPENS - timedelta(seconds=1), CLOSES])
    async def test_paid_before_the_window_opened_or_when_it_had_closed(self, counter, paid_at):
        await counter.tell(counter.assessed(1))
        assert await self.reason(counter, 1, at=paid_at) == "outside_window"

    async def test_an_enrollment_that_was_cancelled(self, counter):
        await counter.tell(counter.assessed(1))
        await counter.tell(counter.cancelled(1, NOW - timedelta(days=1)))
        assert await self.reason(counter, 1) == "not_payable"

    async def test_nothing_is_owed(self, counter):
        segments = tuple(s.model_copy(update={"outcome": "exempt", "own_due_fen": 0}) for s in season()[:2])
        await counter.tell(counter.assessed(1, schedule=segments))
        assert await self.reason(counter, 1) == "not_payable"

    async def test_a_second_payment_of_one_person_is_kept_for_a_refund(self, counter):
        await counter.tell(counter.assessed(1))
        first = await counter.pay("T1", 1)
        second = await counter.pay("T2", 1)
        assert (states(first), states(second)) == ([("applied", None)], [("suspended", "already_paid")])
        assert (await counter.published())[1].person_id == 1

    async def test_the_same_person_twice_in_one_payment(self, counter):
        await counter.tell(counter.assessed(1))
        assert states(await counter.pay("T1", 1, 1)) == [("applied", None), ("suspended", "already_paid")]


class TestLateFacts:
    async def test_money_before_its_due_is_applied_by_itself_when_the_due_comes(self, counter):
        payment = await counter.pay("T1", 1)
        assert states(payment) == [("suspended", "unknown_person")]
        later = NOW + timedelta(hours=1)
        await counter.tell(counter.assessed(1), at=later)
        payment = await counter.payment(payment["payment_id"])

        assert states(payment) == [("applied", None)]
        suspended, received = await counter.published()
        assert (type(suspended), type(received)) == (PaymentSuspended, PaymentReceived)
        assert (received.from_suspense, received.paid_at) == (True, NOW)
        (row,) = await counter.rows("SELECT time FROM outbox ORDER BY id DESC LIMIT 1")
        assert row.time == later

    async def test_what_becomes_known_of_money_that_waits_is_told_once_and_in_turn(self, counter):
        await counter.pay("T1", 1)
        for revision, at in ((1, NOW), (2, NOW), (3, NOW)):
            fact = counter.assessed(1, revision=revision, at=at, schedule=season(PRICE - 100))
            await counter.tell(fact, at=at)
            await counter.match()

        _, told = await counter.published()
        assert isinstance(told, PaymentRejudged)
        assert (told.reason, told.person_id, told.county) == ("wrong_amount", 1, "youxi")
        await counter.tell(counter.assessed(1, revision=4, at=NOW), at=NOW)
        await counter.match()
        times = [row.time for row in await counter.rows("SELECT time FROM outbox ORDER BY id")]
        assert len(times) == 3 and times[0] < times[1] < times[2]

    async def test_a_due_in_the_middle_of_matching_is_not_missed(self, counter):
        """Whichever of the two comes first, the money ends applied."""
        await asyncio.gather(*(counter.notify(f"T{person}", person) for person in range(1, 31)))
        matcher = counter.context.parts.matcher

        async def match():
            for _ in range(20):
                await matcher.match_next()
                await asyncio.sleep(0)

        tells = [counter.tell(counter.assessed(person)) for person in range(1, 31)]
        await asyncio.gather(match(), *tells)
        await counter.match()
        rows = await counter.rows("SELECT state, count(*) AS number FROM payment_lines GROUP BY 1")
        assert [(row.state, row.number) for row in rows] == [("applied", 30)]

    async def test_an_assessment_made_before_the_payment_but_told_after_it_explains_the_amount(self, counter):
        await counter.tell(counter.assessed(1))
        items = [{"id_number": id_number(1), "name": name(1), "amount_fen": 7000}]
        payment = await counter.pay("T1", items=items, amount_fen=7000)
        assert states(payment) == [("suspended", "wrong_amount")]
        helped = season(subsidies=[AID])
        await counter.tell(counter.assessed(1, revision=2, schedule=helped, at=NOW - timedelta(hours=1)))
        assert states(await counter.payment(payment["payment_id"]))[0][0] == "applied"

    async def test_an_assessment_made_after_the_payment_explains_it_too_where_the_earlier_one_does_not(
        self, counter
    ):
        await counter.tell(counter.assessed(1))
        items = [{"id_number": id_number(1), "name": name(1), "amount_fen": 7000}]
        payment = await counter.pay("T1", items=items, amount_fen=7000)
        helped = season(subsidies=[AID])
        await counter.tell(counter.assessed(1, revision=2, schedule=helped, at=NOW + timedelta(hours=1)))
        assert states(await counter.payment(payment["payment_id"])) == [("applied", None)]

    async def test_of_two_early_payments_only_the_first_is_applied_and_the_other_told_as_second(
        self, counter
    ):
        first, second = await counter.pay("T1", 1), await counter.pay("T2", 1)
        await counter.tell(counter.assessed(1))
        await counter.match()
        assert states(await counter.payment(first["payment_id"]))[0][0] == "applied"
        assert states(await counter.payment(second["payment_id"])) == [("suspended", "already_paid")]
        told = await counter.published()
        assert [type(fact) for fact in told[2:]] == [PaymentReceived, PaymentRejudged]
        assert (told[3].reason, told[3].person_id) == ("already_paid", 1)


class TestDues:
    async def schedule(self, counter):
        (row,) = await counter.rows("SELECT schedule->0->>'price_fen' AS price, state, revision FROM dues")
        return int(row.price), row.state, row.revision

    async def test_the_highest_revision_counts_in_any_order(self, counter):
        old, new = counter.assessed(1), counter.assessed(1, revision=2, schedule=season(price=100))
        await counter.tell(new)
        await counter.tell(old)
        assert await self.schedule(counter) == (100, "open", 2)
        await counter.tell(counter.assessed(1, revision=3, schedule=season(price=300)), new, old)
        assert await self.schedule(counter) == (300, "open", 3)

    async def test_a_cancellation_commutes_with_the_assessment_it_cancels(self, counter):
        cancelled = counter.cancelled(1, NOW)
        await counter.tell(cancelled)
        await counter.tell(counter.assessed(1))
        assert (await self.schedule(counter))[1] == "cancelled"

    async def test_an_enrollment_assessed_anew_after_its_cancellation_owes_again(self, counter):
        await counter.tell(counter.assessed(1))
        await counter.tell(counter.cancelled(1, NOW))
        await counter.tell(counter.assessed(1, revision=2, at=NOW + timedelta(days=1)))
        assert (await self.schedule(counter))[1] == "open"

    async def test_a_corrected_document_leads_to_the_person_by_their_name_only(self, counter):
        await counter.tell(counter.assessed(1))
        await counter.tell(counter.assessed(1, revision=2, identity_digests=(counter.digest(9),)))
        items = [{"id_number": id_number(1), "name": name(2), "amount_fen": 25_000}]
        other = await counter.pay("T1", items=items, amount_fen=25_000)
        assert states(other) == [("suspended", "unknown_person")]
        assert states(await counter.pay("T2", 1)) == [("applied", None)]

    async def test_a_cancellation_after_the_payment_leaves_it_paid(self, counter):
        await counter.tell(counter.assessed(1))
        await counter.pay("T1", 1)
        await counter.tell(counter.cancelled(1, NOW + timedelta(days=1)))
        assert (await self.schedule(counter))[1] == "paid"


class TestRefunds:
    async def test_a_refunded_second_payment_leaves_suspense_and_the_first_stands(self, counter):
        await counter.tell(counter.assessed(1))
        first, second = await counter.pay("T1", 1), await counter.pay("T2", 1)
        await counter.tell(counter.refunded(second["payment_id"], 1, "paid"))
        assert states(await counter.payment(second["payment_id"])) == [("refunded", "already_paid")]
        assert states(await counter.payment(first["payment_id"])) == [("applied", None)]
        assert (await counter.rows("SELECT state FROM dues"))[0].state == "paid"

    async def test_a_refund_of_applied_money_voids_the_voucher_and_the_person_owes_again(self, counter):
        await counter.tell(counter.assessed(1))
        payment = await counter.pay("T1", 1)
        await counter.tell(counter.refunded(payment["payment_id"], 1, "paid"))
        number = payment["lines"][0]["voucher_no"]
        voucher = (await counter.http.get(f"/v1/vouchers/{number}")).json()
        assert (voucher["state"], voucher["void_reason"]) == ("voided", "refunded")
        assert states(await counter.pay("T2", 1)) == [("applied", None)]

    async def test_a_refund_that_came_back_is_in_suspense_again_until_it_is_paid_again(self, counter):
        payment = await counter.pay("T1", 1)
        key = (payment["payment_id"], 1)
        await counter.tell(counter.refunded(*key, "paid"), counter.refunded(*key, "returned"))
        assert states(await counter.payment(key[0])) == [("suspended", "unknown_person")]
        await counter.tell(counter.refunded(*key, "failed", attempt=2))
        assert states(await counter.payment(key[0])) == [("suspended", "unknown_person")]
        await counter.tell(counter.refunded(*key, "paid", attempt=3))
        assert states(await counter.payment(key[0])) == [("refunded", "unknown_person")]

    async def test_a_returned_refund_of_applied_money_waits_in_suspense(self, counter):
        await counter.tell(counter.assessed(1))
        payment = await counter.pay("T1", 1)
        key = (payment["payment_id"], 1)
        await counter.tell(counter.refunded(*key, "paid"), counter.refunded(*key, "returned"))
        assert states(await counter.payment(key[0])) == [("suspended", "refund_returned")]
        assert (await counter.rows("SELECT state FROM dues"))[0].state == "open"


class TestGuards:
    async def test_the_database_refuses_a_second_applied_line_for_one_person_and_year(self, counter):
        await counter.tell(counter.assessed(1))
        await counter.pay("T1", 1)
        await counter.pay("T2", 1)
        with pytest.raises(IntegrityError, match="uq_payment_lines_applied_person"):
            await counter.rows_changed("UPDATE payment_lines SET state = 'applied', voucher_no = 'x'")

    async def test_two_matchers_share_the_queue_without_doing_anything_twice(
        self, counter, service_context, keys
    ):
        url = counter.context.settings.database_url
        other = (await service_context("collection", url=url, matching_batch=7, **keys.settings())).parts
        await counter.tell(*(counter.assessed(person) for person in range(1, 41)))
        await asyncio.gather(*(counter.notify(f"T{person}", person) for person in range(1, 41)))
        mine = counter.context.parts.matcher

        async def work(matcher):
            done = 0
            for _ in range(30):
                done += await matcher.match_next()
            return done

        assert sum(await asyncio.gather(work(mine), work(other.matcher))) == 40
        assert [await counter.count(table) for table in ("payments", "vouchers", "outbox")] == [40, 40, 40]

    async def test_a_failure_in_the_middle_leaves_the_batch_to_be_matched_again(self, counter, monkeypatch):
        from services.collection.matching import settling

        await counter.tell(counter.assessed(1))
        await counter.notify("T1", 1)

        async def fail(*_):
            raise ConnectionResetError("the database went away")

        with monkeypatch.context() as broken:
            broken.setattr(settling.outbox, "append", fail)
            with pytest.raises(ConnectionResetError):
                await counter.match()
        assert await counter.count("payments") == 0
        await counter.match()
        assert [await counter.count(table) for table in ("payments", "vouchers", "outbox")] == [1, 1, 1]

    async def test_money_of_a_channel_that_is_no_longer_configured_is_matched_all_the_same(
        self, counter, service_context, keys
    ):
        await counter.tell(counter.assessed(1))
        await counter.notify("T1", 1)
        told = {"transaction_id": "W1", "out_trade_no": "CB1", "amount_fen": PRICE, "paid_at": NOW}
        await counter.deliver(keys.wechat().payment(**told))
        url = counter.context.settings.database_url
        bare = (await service_context("collection", url=url)).parts
        assert [await bare.matcher.match_next() for _ in range(3)] == [1, 1, 0]
        rows = await counter.rows("SELECT state, reason FROM payment_lines ORDER BY payment_id")
        assert [tuple(row) for row in rows] == [("applied", None), ("suspended", "unknown_order")]

    async def test_while_many_wait_for_an_answer_batches_are_short(self, counter, monkeypatch):
        monkeypatch.setattr(matching, "SHORT", 1)
        monkeypatch.setattr(right_of_way, "MANY", 1)
        monkeypatch.setattr(right_of_way, "CROWDED_SECONDS", 0)
        await counter.tell(counter.assessed(1), counter.assessed(2), counter.assessed(3))
        for person in (1, 2, 3):
            await counter.notify(f"T{person}", person)
        matcher = counter.context.parts.matcher
        counter.context.right_of_way.arrive()
        assert await matcher.match_next() == 1
        counter.context.right_of_way.leave()
        assert await matcher.match_next() == 2

    async def test_whoever_waits_for_an_answer_goes_before_it(self, counter):
        await counter.tell(counter.assessed(1))
        await counter.notify("T1", 1)
        for _ in range(right_of_way.MANY):
            counter.context.right_of_way.arrive()
        stop, began = asyncio.Event(), time.monotonic()
        running = asyncio.create_task(counter.context.parts.matcher.run(stop))
        async with asyncio.timeout(40):
            while await counter.count("matching_queue"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert time.monotonic() - began >= right_of_way.TURN_SECONDS
        stop.set()
        await running

    async def test_the_backlog_counts_what_is_not_matched_yet(self, counter):
        await counter.notify("T1", 1)
        assert (await counter.context.backlog.snapshot())["pending"]["matching"] == 1
        await counter.match()
        snapshot = await counter.context.backlog.snapshot()
        assert (snapshot["pending"]["matching"], snapshot["counters"]["matched"]) == (0, 1)
