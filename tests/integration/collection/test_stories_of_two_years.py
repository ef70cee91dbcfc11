"""One order pays two coverage years: this one, and the one before, which some notices have paid first.

Dongan 2020, 五: who may join 2019 in its course pays that year first, and then the next with the household.
Its notice is played a year later, so that there is one of the year before.
"""

from datetime import datetime, timedelta

import pytest

from canbao.context import load_all_notices
from canbao.policy.drafting import draft
from libs.common.clock import SHANGHAI
from libs.common.events import DueSegment
from libs.common.events.collection import PaymentReceived
from libs.common.policy import Notices, load_notice_bytes
from libs.common.settings import CommonSettings

from .conftest import id_number, name, states

OPENS = datetime(2020, 9, 1, tzinfo=SHANGHAI)
CLOSES = datetime(2021, 1, 1, tzinfo=SHANGHAI)
NOW = datetime(2020, 10, 20, 10, tzinfo=SHANGHAI)
MINUTE = timedelta(minutes=1)
OWN, LATE = 25_000, 77_000
BORN, MOTHER = 1, 2


@pytest.fixture
def notices():
    """The notices in force, and Dongan's of the year after."""
    known = load_all_notices(CommonSettings())
    text = draft(known[("dongan", 2020)].source_text.decode(), 2021).text
    return Notices([*known.values(), load_notice_bytes(text.encode(), "dongan/2021.yaml")])


def segment(window, own_fen):
    return DueSegment(
        from_at=OPENS,
        until_at=CLOSES,
        outcome="payable",
        window=window,
        price_fen=own_fen,
        own_due_fen=own_fen,
    )


def enrolled(counter, person, year, schedule, **changes):
    ended = DueSegment(from_at=CLOSES, outcome="rejected", reason_codes=("window_closed",))
    values = {
        "county": "dongan", "coverage_year": year, "household_id": 500, "division_code": "431122001001",
        "enrollment_id": 1000 * (year - 2015) + person, "assessment_id": 10 * year + person,
        "notice": f"dongan/{year}@0", "schedule": (schedule, ended), "at": OPENS,
    }  # fmt: skip
    return counter.assessed(person, **(values | changes))


@pytest.fixture
async def family(counter):
    """A mother who owes 2021, and a child of September 2020 who owes both years."""
    await counter.tell(
        enrolled(counter, BORN, 2020, segment("special", LATE)),
        enrolled(counter, BORN, 2021, segment("main", OWN)),
        enrolled(counter, MOTHER, 2021, segment("main", OWN)),
    )
    return counter


async def post(counter, path, body, at=NOW):
    return await counter.http.post(path, json=body, headers={"canbao-clock": at.isoformat()})


async def order(counter, *people, earlier=None, year=2021, at=NOW, **changes):
    body = {"county": "dongan", "coverage_year": year, "person_ids": list(people), "channel": "wechat"}
    if earlier is not None:
        body["earlier_year"] = {"person_ids": list(earlier)}
    return await post(counter, "/v1/orders", body | changes, at)


async def pay(counter, made, at=NOW, fen=None):
    sent = counter.keys.wechat().payment(
        transaction_id="W1", out_trade_no=made["order_no"], amount_fen=fen or made["amount_fen"], paid_at=at
    )
    assert (await counter.deliver(sent, at)).status_code == 200
    (row,) = await counter.rows("SELECT max(id) AS id FROM notifications WHERE channel = 'wechat'")
    return await counter.payment(row.id)


async def due(counter, person, year=2021):
    asked = {"id_number": id_number(person), "name": name(person), "county": "dongan", "coverage_year": year}
    answer = await post(counter, "/v1/dues/search", asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def faults(answer):
    return [one["pointer"] for one in answer.json()["errors"]]


class TestBothYears:
    async def test_are_paid_by_one_payment_with_a_voucher_each(self, family):
        answer = await order(family, BORN, MOTHER, earlier=[BORN])
        made = answer.json()
        assert answer.status_code == 201, made
        assert [(one["person_id"], one["coverage_year"], one["amount_fen"]) for one in made["items"]] == [
            (BORN, 2021, OWN), (MOTHER, 2021, OWN), (BORN, 2020, LATE),
        ]  # fmt: skip
        assert (made["coverage_year"], made["amount_fen"]) == (2021, 2 * OWN + LATE)

        payment = await pay(family, made)
        assert states(payment) == [("applied", None)] * 3
        assert [line["coverage_year"] for line in payment["lines"]] == [2021, 2021, 2020]
        received = [fact for fact in await family.published() if isinstance(fact, PaymentReceived)]
        assert {(one.person_id, one.coverage_year): one.own_fen for one in received} == {
            (BORN, 2021): OWN, (MOTHER, 2021): OWN, (BORN, 2020): LATE,
        }  # fmt: skip
        shown = (await family.http.get(f"/v1/orders/{made['order_no']}")).json()
        vouchers = [one["voucher_no"] for one in shown["items"]]
        assert shown["state"] == "paid" and None not in vouchers and len(set(vouchers)) == 3
        assert [(await due(family, BORN, year))["state"] for year in (2020, 2021)] == ["paid", "paid"]

    async def test_are_claimed_both_until_the_order_ends(self, family):
        made = (await order(family, BORN, MOTHER, earlier=[BORN])).json()
        again = await order(family, BORN, year=2020)
        assert (again.status_code, faults(again)) == (409, ["#/person_ids/0"])
        both = await order(family, BORN, MOTHER, earlier=[BORN])
        assert faults(both) == ["#/person_ids/0", "#/person_ids/1", "#/earlier_year/person_ids/0"]
        given_up = await post(family, f"/v1/orders/{made['order_no']}/cancel", None)
        assert given_up.json()["state"] == "cancelled"
        assert (await order(family, BORN, year=2020)).status_code == 201

    async def test_stand_each_for_itself_when_one_was_paid_elsewhere_meanwhile(self, family):
        made = (await order(family, BORN, MOTHER, earlier=[BORN])).json()
        item = {"id_number": id_number(BORN), "name": name(BORN), "amount_fen": LATE}
        at = NOW + MINUTE
        await family.pay("T1", items=[item], amount_fen=LATE, county="dongan", coverage_year=2020, at=at)
        shown = (await family.http.get(f"/v1/orders/{made['order_no']}")).json()
        assert (shown["state"], shown["close_reason"]) == ("cancelled", "member_paid")

        payment = await pay(family, made, NOW + 2 * MINUTE)
        assert states(payment) == [("applied", None), ("applied", None), ("suspended", "already_paid")]
        shown = (await family.http.get(f"/v1/orders/{made['order_no']}")).json()
        assert [(one["coverage_year"], one["reason"]) for one in shown["items"]] == [
            (2021, None), (2021, None), (2020, "already_paid"),
        ]  # fmt: skip

    async def test_go_to_suspense_whole_where_the_money_is_another(self, family):
        made = (await order(family, BORN, MOTHER, earlier=[BORN])).json()
        assert states(await pay(family, made, fen=2 * OWN)) == [("suspended", "wrong_amount")]


class TestTheYearBefore:
    async def test_is_asked_for_where_the_notice_has_it_paid_first(self, family):
        refused = await order(family, BORN, MOTHER)
        told = refused.json()
        assert refused.status_code == 409 and told["type"] == "urn:canbao:problem:earlier-year-first"
        assert told["errors"] == [
            {
                "pointer": "#/person_ids/0",
                "detail": "Owes 770 yuan for 2020, which is paid first (五).",
                "detail_zh": "按通知五，须先缴 2020 年度 770 元。",
            }
        ]

    async def test_is_shown_with_what_is_owed(self, family):
        found = await due(family, BORN)
        assert found["earlier_year"] == {
            "coverage_year": 2020,
            "payable_fen": LATE,
            "clause": "五",
            "words": {
                "zh": "按通知五，须先缴（或一并缴）2020 年度 770 元。",
                "en": "770 yuan for 2020 are paid first, or together with this year (五).",
            },
        }
        (mother,) = [one for one in found["family"] if one["person_id"] == MOTHER]
        assert (mother["earlier_year"], (await due(family, BORN, 2020))["earlier_year"]) == (None, None)

    async def test_may_be_paid_by_an_order_of_its_own_first(self, family):
        await pay(family, (await order(family, BORN, year=2020)).json())
        assert (await due(family, BORN))["earlier_year"] is None
        assert (await order(family, BORN, MOTHER)).status_code == 201

    async def test_is_not_asked_for_by_a_notice_that_says_nothing_of_it(self, family):
        await family.tell(family.assessed(3), family.assessed(3, coverage_year=2021, enrollment_id=7003))
        body = {"county": "youxi", "coverage_year": 2020, "person_ids": [3], "channel": "wechat"}
        at = datetime(2019, 11, 20, 10, tzinfo=SHANGHAI)
        assert (await post(family, "/v1/orders", body, at)).status_code == 201

    async def test_cannot_be_ordered_while_its_notice_is_missing(self, family):
        refused = await order(family, BORN, year=2020, earlier=[BORN])
        told = refused.json()
        assert refused.status_code == 409 and told["type"] == "urn:canbao:problem:earlier-notice-missing"
        assert "dongan for 2019" in told["detail"] and "2019 年度" in told["detail_zh"]
        assert (await order(family, BORN, year=2020)).status_code == 201

    async def test_is_for_people_of_the_order_who_owe_it(self, family):
        stranger = await order(family, MOTHER, earlier=[BORN])
        assert (stranger.status_code, faults(stranger)) == (422, ["#/earlier_year/person_ids/0"])
        owes_nothing = await order(family, BORN, MOTHER, earlier=[BORN, MOTHER])
        assert owes_nothing.json()["type"] == "urn:canbao:problem:not-payable"
        assert faults(owes_nothing) == ["#/earlier_year/person_ids/1"]

    async def test_has_choices_of_its_own_notice(self, family):
        body = {"person_ids": [BORN], "choices": [{"person_id": BORN, "add_ons": ["accident"]}]}
        refused = await order(family, BORN, MOTHER, earlier_year=body)
        assert (refused.status_code, faults(refused)) == (422, ["#/earlier_year/choices/0/add_ons/0"])
