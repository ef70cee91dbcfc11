"""A unit lists its people and pays for them: one order, one receipt, and what goes back goes back to it."""

import asyncio
import importlib.util
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text

from canbao.simulator.standard_webhook import WebhookSender
from tests.integration.registration.builders import number
from tests.integration.stories.conftest import SECRET, Somebody, Story, moment
from tests.integration.stories.test_cash import collector

BORN = "2002-03-14"


@dataclass
class Unit:
    """A unit of a story and its clerk."""

    story: Story
    code: str
    channel: str
    token: str
    unit_id: int = 0

    @property
    def season(self) -> dict[str, Any]:
        return {"county": self.story.code, "coverage_year": self.story.year}

    async def ask(self, service: str, method: str, path: str, on: str, body: Any = None) -> Any:
        return await self.story.county.ask(service, method, path, moment(on), body, token=self.token)

    async def expect(self, service: str, method: str, path: str, on: str, body: Any = None) -> Any:
        answer = await self.ask(service, method, path, on, body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    async def lists(self, on: str, *people: Somebody, replaces: int = 0) -> dict[str, Any]:
        lines = [{"name": one.name, "documents": [{"number": one.number}]} for one in people]
        body = self.season | {"lines": lines, "replaces": replaces}
        done = await self.expect("registration", "POST", "/v1/unit-lists", on, body)
        await self.story.county.settle()
        return done

    async def orders(self, on: str, **more: Any) -> dict[str, Any]:
        body = self.season | {"channel": self.channel} | more
        return await self.expect("collection", "POST", "/v1/unit-orders", on, body)

    async def pays(self, order: dict[str, Any], on: str) -> None:
        payment = self.season | {
            "transaction_no": f"U{order['order_no']}",
            "paid_at": moment(on).isoformat(),
            "amount_fen": order["amount_fen"],
            "order_no": order["order_no"],
        }
        county = replace(self.story.county, sender=WebhookSender(self.channel, (SECRET,)))
        answer = await county.pay(payment, moment(on))
        assert answer.status_code in (200, 202), answer.text
        await self.story.county.settle()

    async def has_account(self, on: str, account: str = "2419200000000018") -> None:
        body = {"county": self.story.code, "unit_code": self.code, "account_no": account,
                "bank": "农业银行", "holder": "职业中学"}  # fmt: skip
        await self.story.county.expect("subsidy", "POST", "/v1/unit-accounts", moment(on), body)

    async def progress(self, on: str) -> dict[str, int]:
        shown = await self.expect("registration", "GET", f"/v1/units/{self.unit_id}", on)
        return {name: shown[name] for name in ("listed", "registered", "paid", "exempt", "late")}


@pytest.fixture
def open_unit(signing_key: Any) -> Any:
    async def open_unit(story: Story, rule: str, channel: str, on: str, code: str = "UNIT-1") -> Unit:
        notice = story.county.services["registration"].context.notices[(story.code, story.year)]
        token = signing_key.issue(code, ["units:write"], notice.division, "unit_clerk", unit=code)
        unit = Unit(story, code, channel, token)
        body = unit.season | {"code": code, "name": "职业中学", "rule": rule,
                              "division_code": f"{notice.division}100001"}  # fmt: skip
        shown = await story.county.expect("registration", "POST", "/v1/units", moment(on), body)
        unit.unit_id = shown["unit_id"]
        return unit

    return open_unit


def pupil(story: Story) -> Somebody:
    return Somebody(story, number(BORN))


def left_out(order: dict[str, Any]) -> dict[int, str]:
    return {one["line"]: one["reason"] for one in order["left_out"]}


async def test_a_receipt_from_before_the_list_of_receipts_is_in_it_after_the_upgrade(tell, open_unit):
    story = await tell("songming")
    school = await open_unit(story, "vocational-schools", "school", "2017-10-15")
    one = pupil(story)
    await school.lists("2017-11-20", one)
    order = await school.orders("2017-11-22")
    await school.pays(order, "2017-11-22 10:10:00")
    path = f"/v1/unit-orders/{order['order_no']}/receipt"
    receipt = await school.expect("collection", "POST", path, "2017-11-23", {})
    # The pupil's own paper is about the same payment, and is none of the school's.
    asked = school.season | {"kind": "receipt", "people": [{"id_number": one.number, "name": one.name}]}
    await story.county.expect("collection", "POST", "/v1/certificates", moment("2017-11-24"), asked)
    engine = story.county.services["collection"].context.engine

    async def listed() -> list[str]:
        season = {name: str(value) for name, value in school.season.items()}
        county = story.county
        at = moment("2017-11-25")
        answer = await county.ask("collection", "GET", "/v1/unit-receipts", at, token=school.token, **season)
        return [paper["certificate_no"] for paper in answer.json()["items"]]

    async with engine.begin() as conn:
        await conn.execute(text("UPDATE certificates SET order_no = NULL"))
    assert await listed() == []
    said: list[str] = []
    versions = Path("services/collection/migrations/versions")
    spec = importlib.util.spec_from_file_location("filling", versions / "0031_receipts_of_units.py")
    filling = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(filling)
    filling.op = SimpleNamespace(execute=said.append)
    filling.upgrade()
    async with engine.begin() as conn:
        for statement in said:
            await conn.execute(text(statement))
    assert await listed() == [receipt["certificate_no"]]


async def test_a_unit_is_told_why_nothing_can_be_paid_instead_of_that_nothing_is_owed(tell, open_unit):
    story = await tell("dongan")
    home = await open_unit(story, "welfare-institutions", "bank_counter", "2019-09-15")
    child = pupil(story)
    # Taken in after the window: the whole financing is owed, of which nobody has supplied the match yet.
    line = {"name": child.name, "documents": [{"number": child.number}], "event_on": "2020-02-01"}
    body = home.season | {"lines": [line], "replaces": 0}
    await home.expect("registration", "POST", "/v1/unit-lists", "2020-02-10", body)
    await story.county.settle()

    refused = await home.ask(
        "collection", "POST", "/v1/unit-orders", "2020-02-11", home.season | {"channel": "bank_counter"}
    )

    assert refused.json()["type"].endswith("nothing-to-pay")
    (one,) = refused.json()["left_out"]
    assert (one["reason"], one["why"]["zh"]) == ("not_payable", "目前不能缴费：财政补助标准尚未录入。")


async def test_a_school_pays_for_those_who_owe_something_with_one_receipt(tell, open_unit):
    story = await tell("songming")
    school = await open_unit(story, "vocational-schools", "school", "2017-10-15")
    new, exempt = pupil(story), pupil(story)
    at_home = await story.person("2017-10-20", school="vocational", born=BORN)
    paid = await story.person("2017-10-20", school="vocational", born=BORN)
    await story.roster("2017-10-20", "dibao", exempt, effective_on="2017-10-01")
    await school.lists("2017-11-20", new, at_home, paid, exempt)
    await paid.pays(180, "2017-11-21")

    order = await school.orders("2017-11-22")

    assert (order["amount_fen"], left_out(order)) == (36_000, {3: "paid", 4: "exempt"})
    await school.pays(order, "2017-11-22 10:10:00")
    states = [await one.state() for one in (new, at_home, paid, exempt)]
    assert states == ["paid", "paid", "paid", "exempt"]
    assert await school.progress("2017-11-23") == {
        "listed": 4, "registered": 4, "paid": 3, "exempt": 1, "late": 0
    }  # fmt: skip
    path = f"/v1/unit-orders/{order['order_no']}"
    assert (await school.expect("collection", "GET", path, "2017-11-23"))["state"] == "paid"
    season = {name: str(value) for name, value in school.season.items()}
    listed = await story.county.ask(
        "collection", "GET", "/v1/unit-orders", moment("2017-11-23"), token=school.token, **season
    )
    assert [(one["order_no"], one["state"], one["people"]) for one in listed.json()["items"]] == [
        (order["order_no"], "paid", 2)
    ]
    receipt = await school.expect("collection", "POST", f"{path}/receipt", "2017-11-23", {})
    assert (receipt["paid_fen"], [one["masked_id"] for one in receipt["people"]]) == (
        36_000, ["名单第 1 行", "名单第 2 行"],
    )  # fmt: skip
    file = await school.ask(
        "collection", "GET", f"/v1/unit-receipts/{receipt['certificate_no']}/file", "2017-11-23"
    )
    assert file.content.startswith(b"%PDF")
    nothing = await school.ask(
        "collection", "POST", "/v1/unit-orders", "2017-11-24", school.season | {"channel": "school"}
    )
    assert nothing.status_code == 409
    assert [one["reason"] for one in nothing.json()["left_out"]] == ["paid", "paid", "paid", "exempt"]


async def test_a_school_brings_cash_for_its_order_and_has_one_receipt_that_the_bureau_sees_too(
    tell, open_unit, signing_key
):
    story = await tell("songming")
    school = await open_unit(story, "vocational-schools", "school", "2017-10-15")
    one, two = pupil(story), pupil(story)
    await school.lists("2017-11-20", one, two)
    order = await school.orders("2017-11-21")
    till = await collector(story, "2017-11-01", channel="school")
    money = {"instrument": "cash", "order_no": order["order_no"], "amount_fen": 36_000}

    # Two days later: a unit's money is carried, its order stands longer than that of a resident.
    receipt_id = await till.takes(yuan=0, paid_at="2017-11-23 09:00:00", items=[], **money)

    assert [await somebody.state() for somebody in (one, two)] == ["paid", "paid"]
    taken = (await till.ask("GET", "/v1/cash-receipts", "2017-11-23")).json()["items"][0]
    assert (taken["receipt_id"], taken["people"], taken["order_no"]) == (receipt_id, 2, order["order_no"])
    assert (await till.position("2017-11-23"))["in_hand_fen"] == 36_000
    path = f"/v1/unit-orders/{order['order_no']}/receipt"
    paper = await school.expect("collection", "POST", path, "2017-11-23", {})
    file = f"/v1/unit-receipts/{paper['certificate_no']}/file"
    bureau = signing_key.issue("bureau", ["collection:read"], "530127", "medical_insurance_officer")
    elsewhere = signing_key.issue("elsewhere", ["collection:read"], "530128", "medical_insurance_officer")
    colleague = signing_key.issue("colleague", ["units:write"], "530127", "unit_clerk", unit=school.code)
    other = signing_key.issue("other", ["units:write"], "530127", "unit_clerk", unit="UNIT-2")
    ask, at = story.county.ask, moment("2017-11-24")
    got = [
        (await ask("collection", "GET", file, at, token=token)).status_code
        for token in (bureau, colleague, elsewhere, other)
    ]
    assert got == [200, 200, 403, 404]
    listed = "collection", "GET", "/v1/unit-receipts", at
    named = school.season | {"unit_code": "UNIT-1"}
    seen = await ask(*listed, token=bureau, **named)
    own = await ask(*listed, token=colleague, **school.season)
    assert seen.json()["items"] == own.json()["items"]
    assert [found["certificate_no"] for found in own.json()["items"]] == [paper["certificate_no"]]
    none = await ask(*listed, token=other, **named)
    assert none.status_code == 404


async def test_money_for_an_order_is_taken_once_as_the_order_says_and_again_when_it_bounced(tell, open_unit):
    story = await tell("songming")
    school = await open_unit(story, "vocational-schools", "school", "2017-10-15")
    one, two = pupil(story), pupil(story)
    await school.lists("2017-11-20", one, two)
    order = await school.orders("2017-11-21")
    till = await collector(story, "2017-11-01", channel="school")
    village = await collector(story, "2017-11-01")
    right = {"instrument": "cheque", "reference": "CH1", "order_no": order["order_no"], "amount_fen": 36_000}

    async def faults(purse, on="2017-11-22", **wrong):
        said = purse.receipt(yuan=0, paid_at=on, **{"items": []} | right | wrong)
        answer = await purse.enters(said, on=on)
        assert answer.status_code == 422, answer.text
        return [(fault["pointer"], fault["detail"]) for fault in answer.json()["errors"]]

    item = {"id_number": one.number, "name": one.name, "amount_fen": 18_000}
    (both,) = await faults(till, items=[item])
    assert both[0] == "#/receipts/0/items"
    for wrong, word in (
        ({"order_no": "N1"}, "No unit"),
        ({"amount_fen": 35_900}, "Asks for 360.00 yuan"),
    ):
        ((pointer, detail),) = await faults(till, **wrong)
        assert pointer == "#/receipts/0/order_no" and word in detail
    ((_, elsewhere),) = await faults(village)
    assert "through school" in elsewhere
    ((_, lapsed),) = await faults(till, on="2017-11-24 10:00:01")
    assert "lapsed" in lapsed

    receipt_id = await till.takes(yuan=0, paid_at="2017-11-22", items=[], **right)
    ((_, twice),) = await faults(till, on="2017-11-22 11:00:00", reference="CH2")
    assert f"receipt {receipt_id}" in twice
    said = {"reason": "bounced_cheque", "returned_at": moment("2017-11-25").isoformat()}
    answer = await till.ask("POST", f"/v1/cash-receipts/{receipt_id}/reversal", "2017-11-25", said)
    assert answer.status_code == 200, answer.text
    await story.county.settle()
    assert [await somebody.due_state() for somebody in (one, two)] == ["open", "open"]
    again = await school.orders("2017-11-26")
    new = right | {"reference": "CH3", "order_no": again["order_no"]}
    await till.takes(yuan=0, paid_at="2017-11-26 11:00:00", items=[], **new)
    assert [await somebody.state() for somebody in (one, two)] == ["paid", "paid"]


async def test_of_two_counters_that_take_money_for_one_order_one_is_refused(tell, open_unit):
    story = await tell("songming")
    school = await open_unit(story, "vocational-schools", "school", "2017-10-15")
    one = pupil(story)
    await school.lists("2017-11-20", one)
    order = await school.orders("2017-11-21")
    tills = [await collector(story, "2017-11-01", channel="school", title=f"{no}号窗口") for no in (1, 2)]
    money = {"items": [], "order_no": order["order_no"], "amount_fen": 18_000}
    answers = await asyncio.gather(
        *(till.enters(till.receipt(yuan=0, paid_at="2017-11-22", **money), on="2017-11-22") for till in tills)
    )
    assert sorted(answer.status_code for answer in answers) == [201, 422]
    await story.county.settle()
    assert await one.state() == "paid"


async def test_a_squadron_pays_by_card_at_the_tax_hall_where_the_notice_takes_no_cash(tell, open_unit):
    story = await tell("youxi")
    squadron = await open_unit(story, "armed-police", "tax_hall", "2019-09-05")
    one = Somebody(story, number("1998-05-01"))
    await squadron.lists("2019-09-10", one)
    order = await squadron.orders("2019-09-11")
    hall = await collector(story, "2019-09-05")
    money = {"items": [], "order_no": order["order_no"], "amount_fen": order["amount_fen"]}
    refused = await hall.enters(
        hall.receipt(yuan=0, paid_at="2019-09-11 10:30:00", **money), on="2019-09-11 11:00:00"
    )
    assert refused.json()["errors"][0]["pointer"] == "#/receipts/0/instrument"
    card = money | {"instrument": "pos", "reference": "POS9"}
    await hall.takes(yuan=0, paid_at="2019-09-11 10:30:00", entered_at="2019-09-11 11:00:00", **card)
    assert await one.state() == "paid"


async def test_what_a_school_paid_goes_back_to_the_school_and_not_to_a_card(tell, open_unit):
    story = await tell("songming")
    school = await open_unit(story, "vocational-schools", "school", "2017-10-15")
    one = pupil(story)
    await school.lists("2017-11-20", one)
    await one.gives_card("2017-11-20")
    order = await school.orders("2017-11-21")
    await school.pays(order, "2017-11-21 10:10:00")
    payment = (
        await school.expect("collection", "GET", f"/v1/unit-orders/{order['order_no']}", "2017-11-22")
    )["payment_id"]
    asked = {"payment_id": payment, "line_no": 1, "reason": "重复参保", "exceptional": True}
    refund = await story.county.expect("subsidy", "POST", "/v1/refunds", moment("2017-12-01"), asked)
    approve = f"/v1/refunds/{refund['refund_id']}/approve"
    await story.county.expect(
        "subsidy", "POST", approve, moment("2017-12-02"), {}, token=story.token_of("second")
    )
    assert await one.payouts() == [("waiting_card", 180.0)]

    await school.has_account("2017-12-03")

    assert await one.payouts() == [("ready", 180.0)]
    await story.pays_out("2017-12-04")
    assert await one.payouts() == [("paid", 180.0)]
    assert await one.due_state() == "open"
    shown = await story.county.services["subsidy"].rows("SELECT account_masked FROM attempts")
    assert [row["account_masked"][-4:] for row in shown] == ["0018"]


async def test_help_that_comes_after_a_squadron_paid_is_the_squadrons(tell, open_unit):
    story = await tell("youxi")
    squadron = await open_unit(story, "armed-police", "tax_hall", "2019-09-05")
    one = Somebody(story, number("1998-05-01"))
    await squadron.lists("2019-09-10", one)
    await one.gives_card("2019-09-10")
    await squadron.pays(await squadron.orders("2019-09-11"), "2019-09-11 10:10:00")
    await story.roster("2019-11-01", "medical_assistance_1", one, effective_on="2019-11-01")
    assert await one.helped() == [("medical_assistance", 250.0)]
    assert await one.payouts() == [("waiting_card", 250.0)]

    await squadron.has_account("2019-11-02")

    assert await one.payouts() == [("ready", 250.0)]


async def test_two_clerks_do_not_pay_for_one_pupil_twice(tell, open_unit):
    story = await tell("songming")
    school = await open_unit(story, "vocational-schools", "school", "2017-10-15")
    one, two = pupil(story), pupil(story)
    done = await school.lists("2017-11-20", one, two)

    first = await school.orders("2017-11-21", person_ids=[done["lines"][0]["person_id"]])
    second = await school.orders("2017-11-21 10:01:00")

    assert [len(first["items"]), len(second["items"])] == [1, 1]
    assert left_out(second) == {1: "in_order"}
    await school.pays(second, "2017-11-21 10:05:00")
    await school.pays(first, "2017-11-21 10:06:00")
    assert [await one.state(), await two.state()] == ["paid", "paid"]


async def test_who_becomes_exempt_before_the_school_pays_is_left_out_of_the_next_order(tell, open_unit):
    story = await tell("songming")
    school = await open_unit(story, "vocational-schools", "school", "2017-10-15")
    one, two = pupil(story), pupil(story)
    await school.lists("2017-11-20", one, two)
    order = await school.orders("2017-11-21 10:00:00")
    await story.roster("2017-11-21", "dibao", two, effective_on="2017-10-01")

    shown = await school.expect(
        "collection", "GET", f"/v1/unit-orders/{order['order_no']}", "2017-11-21 10:10:00"
    )
    again = await school.orders("2017-11-21 10:11:00")

    assert (shown["state"], shown["close_reason"]) == ("cancelled", "member_exempt")
    assert (again["amount_fen"], left_out(again)) == (18_000, {2: "exempt"})


async def test_a_unit_pays_through_its_channels_and_for_its_own_list_alone(tell, open_unit):
    story = await tell("songming")
    school = await open_unit(story, "vocational-schools", "school", "2017-10-15")
    other = await open_unit(story, "vocational-schools", "school", "2017-10-15", code="UNIT-2")
    mine, theirs = pupil(story), pupil(story)
    await school.lists("2017-11-20", mine)
    done = await other.lists("2017-11-20", theirs)
    stranger = done["lines"][0]["person_id"]

    wrong = await school.ask(
        "collection", "POST", "/v1/unit-orders", "2017-11-21", school.season | {"channel": "tax"}
    )
    assert (wrong.status_code, wrong.json()["allowed_channels"]) == (422, ["school"])
    refused = await school.ask(
        "collection", "POST", "/v1/unit-orders", "2017-11-21",
        school.season | {"channel": "school", "person_ids": [stranger]},
    )  # fmt: skip
    assert (refused.status_code, refused.json()["left_out"][0]["reason"]) == (409, "left_list")
    order = await other.orders("2017-11-21")
    seen = await school.ask("collection", "GET", f"/v1/unit-orders/{order['order_no']}", "2017-11-21")
    assert seen.status_code == 404


async def test_whoever_leaves_the_list_stays_insured_and_is_paid_for_no_more(tell, open_unit):
    story = await tell("songming")
    school = await open_unit(story, "vocational-schools", "school", "2017-10-15")
    stays, leaves = pupil(story), pupil(story)
    await school.lists("2017-11-20", stays, leaves)
    await school.lists("2017-11-25", stays, replaces=1)

    order = await school.orders("2017-11-26")

    assert (len(order["items"]), left_out(order)) == (1, {})
    assert await leaves.state() == "assessed"
