"""A payment is judged by what was known when it was made, however late its file or a roster arrives."""

from datetime import timedelta
from itertools import permutations

import pytest

from libs.common.events import SubsidyLine
from libs.common.events.collection import PaymentReceived

from .conftest import NOW, OPENS, PRICE, id_number, name, season, states

DAY = timedelta(days=1)
AID = SubsidyLine(payer="medical_assistance", status="poor", amount_fen=13_000, mechanism="paid_on_behalf")
HELPED = PRICE - 13_000
EXEMPT = tuple(segment.model_copy(update={"outcome": "exempt", "own_due_fen": 0}) for segment in season()[:2])


async def line_of(counter, payment):
    return (await counter.payment(payment["payment_id"]))["lines"][0]


class TestWhatWasInForce:
    async def test_help_that_a_roster_changed_after_the_payment_still_explains_it(self, counter):
        """A tag in force when 120 were paid, its class changed a day later, the file two days later."""
        await counter.tell(counter.assessed(1, schedule=season(subsidies=[AID])))
        await counter.tell(counter.assessed(1, revision=2, at=NOW + DAY))
        payment = await counter.pay_part("T1", 1, HELPED, at=NOW + 2 * DAY, paid_at=NOW)
        assert states(payment) == [("applied", None)]
        (fact,) = await counter.published()
        assert isinstance(fact, PaymentReceived)
        assert (fact.subsidies, fact.own_fen, fact.assessment_id) == ((AID,), HELPED, 10_011)

    async def test_a_price_that_rose_the_day_after_is_not_asked_for(self, counter):
        await counter.tell(counter.assessed(1, schedule=season(77_000)))
        await counter.tell(counter.assessed(1, revision=2, schedule=season(80_000), at=NOW + DAY))
        assert states(await counter.pay_part("T1", 1, 77_000, at=NOW + 2 * DAY, paid_at=NOW)) == [
            ("applied", None)
        ]
        assert [fact.price_fen for fact in await counter.published()] == [77_000]

    async def test_who_pays_after_the_change_pays_what_is_owed_then(self, counter):
        await counter.tell(counter.assessed(1, schedule=season(77_000)))
        await counter.tell(counter.assessed(1, revision=2, schedule=season(80_000), at=NOW + DAY))
        late = NOW + 2 * DAY
        assert states(await counter.pay_part("T1", 1, 77_000, at=late)) == [("suspended", "wrong_amount")]
        assert states(await counter.pay_part("T2", 1, 80_000, at=late)) == [("applied", None)]

    @pytest.mark.parametrize("order", list(permutations(range(3))))
    async def test_the_order_of_arrival_changes_nothing(self, counter, order):
        facts = [
            counter.assessed(1, schedule=season(subsidies=[AID])),
            counter.assessed(1, revision=2, at=NOW + DAY),
            counter.assessed(1, revision=3, schedule=season(30_000), at=NOW + 2 * DAY),
        ]
        payment = await counter.pay_part("T1", 1, HELPED, at=NOW + 3 * DAY, paid_at=NOW)
        for number in (*order, *order):
            await counter.tell(facts[number], at=NOW + 4 * DAY)
        assert (await line_of(counter, payment))["state"] == "applied"
        received = [fact for fact in await counter.published() if isinstance(fact, PaymentReceived)]
        assert [(fact.assessment_id, fact.subsidies) for fact in received] == [(10_011, (AID,))]
        (row,) = await counter.rows("SELECT revision FROM dues")
        assert row.revision == 3

    async def test_all_revisions_in_one_delivery_are_kept(self, counter):
        facts = [counter.assessed(1, revision=number, at=NOW + number * DAY) for number in (3, 1, 2)]
        await counter.tell(*facts)
        rows = await counter.rows("SELECT revision FROM due_schedules ORDER BY 1")
        assert [row.revision for row in rows] == [1, 2]

    async def test_a_corrected_name_lets_its_money_go_on_by_itself(self, counter):
        wrong = counter.context.digests.name("王五")
        await counter.tell(counter.assessed(1, name_digest=wrong))
        payment = await counter.pay("T1", 1)
        assert states(payment) == [("suspended", "name_mismatch")]
        await counter.tell(counter.assessed(1, revision=2, at=NOW + DAY), at=NOW + DAY)
        assert (await line_of(counter, payment))["state"] == "applied"

    async def test_money_for_an_order_is_judged_again_too(self, counter):
        """Its line names a person, not a number."""
        await counter.tell(counter.assessed(1))
        body = {"county": "youxi", "coverage_year": 2020, "person_ids": [1], "channel": "wechat"}
        order = (await counter.http.post("/v1/orders", json=body)).json()
        await counter.tell(counter.assessed(1, revision=2, schedule=season(30_000), at=NOW - DAY))
        sent = counter.keys.wechat().payment(
            transaction_id="W1", out_trade_no=order["order_no"], amount_fen=PRICE, paid_at=NOW + DAY
        )
        payment = (await counter.deliver(sent, NOW + DAY)) and (
            await counter.rows("SELECT id FROM notifications")
        )[0].id
        assert states(await counter.payment(payment)) == [("suspended", "order_expired")]
        await counter.tell(counter.assessed(1, revision=3, at=NOW), at=NOW + 2 * DAY)
        assert states(await counter.payment(payment)) == [("applied", None)]


class TestExempt:
    async def test_a_payment_after_the_exemption_is_kept_for_a_refund(self, counter):
        await counter.tell(counter.assessed(1))
        await counter.tell(counter.assessed(1, revision=2, schedule=EXEMPT, at=NOW - DAY))
        await counter.tell(counter.granted(1, NOW - DAY))
        assert states(await counter.pay("T1", 1)) == [("suspended", "already_exempt")]

    async def test_no_later_assessment_makes_an_exempt_person_pay(self, counter):
        await counter.tell(counter.granted(1, OPENS))
        await counter.tell(counter.assessed(1, schedule=EXEMPT, assessment_id=10_012))
        payment = await counter.pay("T1", 1)
        await counter.tell(counter.assessed(1, revision=2, at=NOW - DAY), at=NOW + DAY)
        assert (await line_of(counter, payment))["reason"] == "already_exempt"
        found = await counter.http.post(
            "/v1/dues/search",
            json={"id_number": id_number(1), "name": name(1), "county": "youxi", "coverage_year": 2020},
        )
        assert (found.json()["state"], found.json()["payable_fen"]) == ("exempt", 0)
        body = {"county": "youxi", "coverage_year": 2020, "person_ids": [1], "channel": "wechat"}
        refused = await counter.http.post("/v1/orders", json=body)
        assert refused.status_code == 409
        assert "exempt" in refused.json()["errors"][0]["detail"].lower()

    @pytest.mark.parametrize("order", list(permutations(range(3))))
    async def test_who_paid_before_the_exemption_was_typed_has_paid(self, counter, order):
        """Listed in time, typed the day after the payment, the payment's file later still."""
        facts = [
            counter.assessed(1),
            counter.assessed(1, revision=2, schedule=EXEMPT, at=NOW + DAY),
            counter.granted(1, NOW - 10 * DAY),
        ]
        payment = await counter.pay("T1", 1, at=NOW + 2 * DAY, paid_at=NOW)
        for number in order:
            await counter.tell(facts[number], at=NOW + 3 * DAY)
        line = await line_of(counter, payment)
        assert (line["state"], line["reason"]) == ("applied", None)

    async def test_a_grant_taken_back_opens_it_again_and_its_money_goes_on(self, counter):
        await counter.tell(counter.assessed(1))
        await counter.tell(counter.granted(1, NOW - DAY))
        payment = await counter.pay("T1", 1)
        assert states(payment) == [("suspended", "already_exempt")]
        await counter.tell(counter.revoked(1, NOW + DAY), at=NOW + DAY)
        await counter.tell(counter.granted(1, NOW - DAY), at=NOW + 2 * DAY)
        assert (await line_of(counter, payment))["state"] == "applied"

    async def test_the_end_of_a_grant_may_be_told_before_its_beginning(self, counter):
        await counter.tell(counter.revoked(1, NOW))
        await counter.tell(counter.granted(1, NOW - DAY))
        await counter.tell(counter.assessed(1))
        assert states(await counter.pay("T1", 1)) == [("applied", None)]

    async def test_a_withdrawn_exemption_may_pay_and_a_new_one_counts_again(self, counter):
        await counter.tell(counter.assessed(1))
        await counter.tell(counter.granted(1, NOW - 3 * DAY))
        await counter.tell(counter.revoked(1, NOW - DAY))
        (row,) = await counter.rows("SELECT state FROM dues")
        assert row.state == "open"
        await counter.tell(counter.granted(1, NOW - timedelta(hours=1), grant_id=77))
        (row,) = await counter.rows("SELECT state FROM dues")
        assert row.state == "exempt"


async def due_states(counter):
    return [row.state for row in await counter.rows("SELECT state FROM dues")]


class TestCancellations:
    """Revisions say what came after what; clocks of servers step back."""

    async def test_hold_until_a_higher_revision(self, counter):
        cancelled = counter.cancelled(1, NOW, revision=2)
        await counter.tell(counter.assessed(1), cancelled, counter.assessed(1, revision=2, at=NOW + DAY))
        assert await due_states(counter) == ["cancelled"]
        await counter.tell(counter.assessed(1, revision=3, at=NOW - DAY))
        assert await due_states(counter) == ["open"]

    @pytest.mark.parametrize(
        ("order", "together"),
        [*((order, False) for order in permutations(range(4))), ((3, 2, 1, 0), True), ((0, 1, 2, 3), True)],
    )
    async def test_the_second_counts_although_the_clock_stepped_back_before_it(
        self, counter, order, together
    ):
        """Cancelled, enrolled again and cancelled again, the last two dated before the first end."""
        facts = [
            counter.assessed(1),
            counter.cancelled(1, NOW + DAY, revision=2),
            counter.assessed(1, revision=3, at=NOW),
            counter.cancelled(1, NOW + timedelta(minutes=1), revision=4),
        ]
        batch = [facts[number] for number in (*order, *order)]
        for some in [batch] if together else [[fact] for fact in batch]:
            await counter.tell(*some)
        assert await due_states(counter) == ["cancelled"]
        await counter.tell(counter.assessed(1, revision=5, at=NOW))
        assert await due_states(counter) == ["open"]

    async def test_of_earlier_releases_count_by_their_instant_and_never_against_a_revision(self, counter):
        await counter.tell(counter.assessed(1), counter.cancelled(1, NOW), counter.cancelled(1, NOW - DAY))
        await counter.tell(counter.assessed(1, revision=2, at=NOW - timedelta(hours=1)))
        assert await due_states(counter) == ["cancelled"]
        await counter.tell(counter.cancelled(1, NOW - DAY, revision=3))
        await counter.tell(counter.cancelled(1, NOW + DAY))
        await counter.tell(counter.assessed(1, revision=4, at=NOW - 2 * DAY))
        assert await due_states(counter) == ["open"]

    @pytest.mark.parametrize("order", list(permutations(range(3))))
    async def test_never_open_what_is_paid(self, counter, order):
        await counter.tell(counter.assessed(1))
        await counter.pay("T1", 1)
        facts = [
            counter.cancelled(1, NOW + DAY, revision=2),
            counter.assessed(1, revision=3, at=NOW),
            counter.cancelled(1, NOW, revision=4),
        ]
        for number in (*order, *order):
            await counter.tell(facts[number])
            assert await due_states(counter) == ["paid"]
