"""An employee's personal account pays for relatives on its list: what all services make of that money."""

import uuid

import pytest

from libs.common.db.rows import fetch_value, statement
from libs.common.policy import Notices, load_notice_bytes, policies_dir
from services.collection.tables import certificates
from tests.integration.registration.builders import number
from tests.integration.stories.conftest import moment
from tests.integration.stories.test_money import books, given_back
from tests.integration.stories.test_people import rows

ON, PAID_ON, LATER = "2019-10-20", "2019-11-20", "2019-11-25"
FUND = "employee_fund:worker_fund"
CHANNEL = """channels:
  - code: family_account
    clause: 九
    kind: app
    pays_for: family
    real_name_check: true
    label: {zh: 家庭共济, en: family account}
    personal_account: {clause: 九, account: worker_fund, relations: [spouse, parent, child]}
"""
ACCOUNT = """accounts:
  - {code: worker_fund, clause: 九, role: employee_fund, label: {zh: 职工医保基金, en: workers}}
"""
STEP = """money_path:
  - clause: 九
    from: worker_fund
    to: special_fiscal_account
    department: finance
    label: {zh: 基金间划转, en: transfer between funds}
"""


@pytest.fixture
def notices():
    """Youxi's notice, as if personal accounts paid for spouse, parents and children."""
    text = (policies_dir() / "youxi" / "2020.yaml").read_text(encoding="utf-8")
    for rule in (CHANNEL, ACCOUNT, STEP):
        heading = rule.partition("\n")[0]
        text = text.replace(f"\n{heading}\n", f"\n{rule}", 1)
    return Notices([load_notice_bytes(text.encode(), "youxi/2020.yaml")])


@pytest.fixture
async def story(tell):
    return await tell("youxi")


async def asks_to_pay(story, person, relation="parent", **more):
    """An employee who is not insured here orders through the bureau's app."""
    wanted = {
        "county": "youxi", "coverage_year": 2020, "channel": "tax", "notice_channel": "family_account",
        "person_ids": [(await person.due(ON))["person_id"]],
        "payer": {"id_number": number("1975-01-01"), "name": "王职工"},
        "relatives": [{"id_number": person.number, "name": person.name, "relation": relation}],
    }  # fmt: skip
    return await story.county.ask("collection", "POST", "/v1/orders", moment(PAID_ON), wanted | more)


async def pays(story, person):
    answer = await asks_to_pay(story, person)
    assert answer.status_code == 201, answer.text
    order = answer.json()
    payment = {
        "transaction_no": f"T{uuid.uuid4().hex[:12]}",
        "paid_at": moment(PAID_ON).isoformat(),
        "amount_fen": order["amount_fen"],
        "order_no": order["order_no"],
        "county": "youxi",
        "coverage_year": 2020,
    }
    told = await story.county.pay(payment, moment(PAID_ON))
    assert told.status_code in (200, 202), told.text
    await story.county.settle()
    return payment["transaction_no"]


async def asks_back(story, line_no=1):
    (line,) = await rows(story, "collection", "SELECT payment_id FROM payment_lines")
    wanted = {"payment_id": line.payment_id, "line_no": line_no, "reason": "重复参保", "exceptional": True}
    asked = await story.county.expect("subsidy", "POST", "/v1/refunds", moment(LATER), wanted)
    path = f"/v1/refunds/{asked['refund_id']}/approve"
    await story.county.expect("subsidy", "POST", path, moment(LATER), {}, token=story.token_of("second"))
    await story.county.settle()
    return asked["refund_id"]


async def test_it_is_owed_by_the_employees_fund_until_that_pays(story):
    somebody = await story.person(ON)
    await pays(story, somebody)
    assert await somebody.state() == "paid"
    assert (await books(story))[FUND] == 250
    assert "clearing:tax" not in await books(story)

    who = {"person_id": (await somebody.due(LATER))["person_id"]}
    found = await story.county.expect("collection", "GET", "/v1/payments", moment(LATER), **who)
    assert [one["employee_fund"] for one in found["items"]] == ["worker_fund"]
    (voucher,) = await rows(story, "collection", "SELECT voucher_no FROM vouchers")
    shown = await story.county.expect(
        "collection", "GET", f"/v1/vouchers/{voucher.voucher_no}", moment(LATER)
    )
    assert shown["employee_fund"] == "worker_fund"

    moved = {
        "county": "youxi", "coverage_year": 2020, "kind": "employee_fund_transfer", "channel": FUND,
        "business_at": moment("2019-12-10").isoformat(), "reference": "JJ-1",
    }  # fmt: skip
    answer = await story.county.expect("ledger", "POST", "/v1/movements", moment("2019-12-10"), moved)
    assert (answer["amount_fen"], answer["clause"]) == (25_000, "九")
    after = await books(story)
    assert FUND not in after
    assert after["special_fiscal_account"] == 250


async def test_each_paper_has_it_on_a_line_of_its_own(story):
    somebody, neighbour = await story.person(ON), await story.person(ON)
    await pays(story, somebody)
    await neighbour.pays(250, PAID_ON)
    assert await story.closes("main", "2020-03-10") == [("residents", 500)]

    for party in ("tax", "medical_insurance", "finance"):
        path = f"/v1/handovers/youxi/2020/main/papers/{party}"
        answer = await story.county.expect("ledger", "GET", path, moment("2020-03-11"))
        sections = {one["code"]: one for one in answer["document"]["sections"]}
        (row,) = sections["personal_accounts"]["rows"]
        assert (row["name"], row["heads"], row["amount_fen"]) == ("个人账户共济（职工医保基金）", 1, 25_000)
        if "channels" in sections:
            assert sections["channels"]["amount_fen"] == sections["contributions"]["amount_fen"] == 50_000


async def test_only_those_on_the_list_are_paid_for(story):
    somebody, stranger = await story.person(ON), await story.person(ON)
    for answer in (
        await asks_to_pay(story, somebody, "sibling"),
        await asks_to_pay(story, somebody, None),
        await asks_to_pay(story, somebody, person_ids=[(await stranger.due(ON))["person_id"]]),
        await asks_to_pay(story, somebody, relatives=[]),
    ):
        assert answer.status_code == 409, answer.text
        assert "配偶、父母、子女" in answer.text
    assert (await asks_to_pay(story, somebody, payer=None)).json()["type"].endswith("payer-missing")


async def test_a_refund_goes_back_to_the_account_and_to_no_card(story):
    somebody = await story.person(ON)
    await somebody.gives_card(ON)
    transaction = await pays(story, somebody)
    refund_id = await asks_back(story)

    assert await somebody.payouts() == []
    (case,) = await story.cases("subsidy", LATER)
    assert (case["kind"], case["owner"], case["amount_fen"]) == (
        "account_refund", "medical_insurance_officer", 25_000,
    )  # fmt: skip
    assert case["evidence"]["transaction_no"] == transaction
    assert (await books(story))[FUND] == 250

    await given_back(story, transaction, 250, "2019-11-28")
    assert await story.cases("subsidy", "2019-11-29") == []
    seen = await story.county.expect("subsidy", "GET", f"/v1/refunds/{refund_id}", moment("2019-11-29"))
    assert (seen["state"], seen["employee_fund"], seen["payout_id"]) == ("superseded", "worker_fund", None)
    assert FUND not in await books(story)
    assert await somebody.payouts() == []
    assert await somebody.due_state(LATER) == "open"


async def test_what_nobody_told_of_yet_waits_as_a_case_and_the_line_counts_no_more(story):
    somebody = await story.person(ON)
    await pays(story, somebody)
    refund_id = await asks_back(story)

    seen = await story.county.expect("subsidy", "GET", f"/v1/refunds/{refund_id}", moment("2019-12-01"))
    assert (seen["state"], seen["payout_state"]) == ("approved", None)
    (case,) = await story.cases("subsidy", "2019-12-01")
    await story.decide("subsidy", case, "noted", "2019-12-01")
    assert await story.cases("subsidy", "2019-12-02") == []
    wanted = {"county": "youxi", "coverage_year": 2020}
    made = await story.county.ask("subsidy", "POST", "/v1/payout-batches", moment("2019-12-02"), wanted)
    assert made.status_code == 409, made.text
    assert await somebody.payouts() == []


async def test_money_of_another_channel_for_the_order_is_no_personal_accounts(story):
    somebody = await story.person(ON)
    order = (await asks_to_pay(story, somebody, channel="school")).json()
    payment = {
        "transaction_no": "T-own", "paid_at": moment(PAID_ON).isoformat(), "amount_fen": order["amount_fen"],
        "order_no": order["order_no"], "county": "youxi", "coverage_year": 2020,
    }  # fmt: skip
    assert (await story.county.pay(payment, moment(PAID_ON))).status_code in (200, 202)
    await story.county.settle()

    assert (await books(story))["clearing:tax"] == 250
    assert FUND not in await books(story)


async def test_what_arrives_twice_waits_and_goes_back_to_the_account_too(story):
    somebody = await story.person(ON)
    order = (await asks_to_pay(story, somebody)).json()
    await somebody.pays(250, "2019-11-19")
    payment = {
        "transaction_no": "T-again", "paid_at": moment(PAID_ON).isoformat(), "amount_fen": 25_000,
        "order_no": order["order_no"], "county": "youxi", "coverage_year": 2020,
    }  # fmt: skip
    await story.county.pay(payment, moment(PAID_ON))
    await story.county.settle()
    assert await somebody.suspended() == [("already_paid", 250)]
    (asked,) = (await story.county.expect("subsidy", "GET", "/v1/refunds", moment(LATER)))["items"]
    path = f"/v1/refunds/{asked['refund_id']}/approve"
    await story.county.expect("subsidy", "POST", path, moment(LATER), {}, token=story.token_of("second"))
    assert [one["kind"] for one in await story.cases("subsidy", LATER)] == ["account_refund"]

    await given_back(story, "T-again", 250, "2019-11-28")
    assert await story.cases("subsidy", "2019-11-29") == []
    assert await somebody.payouts() == []
    assert await somebody.state() == "paid"
    assert FUND not in await books(story)


async def test_a_certificate_names_the_account_that_paid(story):
    somebody = await story.person(ON)
    await pays(story, somebody)
    wanted = {
        "kind": "receipt", "county": "youxi", "coverage_year": 2020,
        "people": [{"id_number": somebody.number, "name": somebody.name}],
    }  # fmt: skip
    await story.county.expect("collection", "POST", "/v1/certificates", moment(LATER), wanted)

    async with story.county.services["collection"].context.engine.connect() as conn:
        said = statement("SELECT content FROM certificates", certificates.c.content)
        content = await fetch_value(conn, dict, said)
    assert "职工医保个人账户共济" in str(content)
