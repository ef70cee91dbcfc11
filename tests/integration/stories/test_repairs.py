"""Somebody lapsed in 2025 and 2026 repairs one of these years in Qingdao: what all services make of it.

Two lapsed years mean four months of waiting, cover from 1 May 2027; one repaired for 415 yuan, from 1 April.
"""

import uuid

import pytest
from sqlalchemy import text

from canbao.verify.run import verify
from tests.integration.stories.conftest import moment
from tests.integration.stories.test_people import rows

IN_WINDOW, PAID_ON = "2026-10-08", "2026-11-20"


async def lapsed(story, *years, **facts):
    """Somebody who was insured in these years, of 2025 and 2026."""
    somebody = await story.person(IN_WINDOW, tier=1, **facts)
    person_id = (await somebody.due(IN_WINDOW))["person_id"]
    for year in (2025, 2026):
        said = {
            "said": "insured" if year in years else "not_insured",
            "coverage_year": year,
            "reason": "已核验",
        }
        path = f"/v1/persons/{person_id}/history/corrections"
        await story.county.expect("registration", "POST", path, moment(IN_WINDOW), said)
    await story.county.settle()
    return somebody


async def orders(story, *people, on=PAID_ON, years=1):
    """One order for them all, in which each repairs so many years."""
    ids = [(await one.due(on))["person_id"] for one in people]
    choices = [{"person_id": one, "repair_years": years} for one in ids] if years else []
    wanted = {
        "county": "qingdao", "coverage_year": 2027, "person_ids": ids, "channel": "tax", "choices": choices,
    }  # fmt: skip
    return await story.county.expect("collection", "POST", "/v1/orders", moment(on), wanted)


async def pays(story, order, on=PAID_ON):
    """The channel tells that the order was paid."""
    payment = {
        "transaction_no": f"T{uuid.uuid4().hex[:12]}",
        "paid_at": moment(on).isoformat(),
        "amount_fen": order["amount_fen"],
        "order_no": order["order_no"],
        "county": "qingdao",
        "coverage_year": 2027,
    }
    answer = await story.county.pay(payment, moment(on))
    assert answer.status_code in (200, 202), answer.text
    await story.county.settle()
    return payment["transaction_no"]


async def cover(somebody, on="2027-06-01"):
    seen = (await somebody.due(on))["cover"]
    assert (await somebody.enrollment())["benefit_from"] == seen["from_on"]
    return seen["from_on"]


async def totals(story):
    season = {"county": "qingdao", "coverage_year": 2027}
    found = await story.county.expect("ledger", "GET", "/v1/totals", moment("2027-06-01"), **season)
    repairs = [
        (one["repaired_year"], one["head_count"], one["amount_fen"]) for one in found.get("repairs", ())
    ]
    return found["total"]["amount_fen"], repairs


async def gives_back(story, line_no, on, expect=201, **more):
    """Ask for a line back; another person agrees."""
    (line,) = await rows(story, "collection", "SELECT payment_id FROM payment_lines WHERE line_no = 1")
    wanted = {
        "payment_id": line.payment_id,
        "line_no": line_no,
        "reason": "不再需要",
        "exceptional": True,
    } | more
    answer = await story.county.ask("subsidy", "POST", "/v1/refunds", moment(on), wanted)
    assert answer.status_code == expect, answer.text
    return answer.json()


async def approves_all(story, on):
    asked = await story.county.expect("subsidy", "GET", "/v1/refunds", moment(on), state="requested")
    for one in asked["items"]:
        path = f"/v1/refunds/{one['refund_id']}/approve"
        await story.county.expect("subsidy", "POST", path, moment(on), {}, token=story.token_of("second"))
    await story.county.settle()
    return [(one["line_no"], one["repaired_year"], one["reason"]) for one in asked["items"]]


class TestWithTheContribution:
    async def test_cover_begins_a_month_earlier_and_the_money_stands_under_its_year(self, tell):
        story = await tell("qingdao")
        somebody = await lapsed(story)
        offer = (await somebody.due(PAID_ON))["repair"]
        assert (offer["cover_from"], offer["years"][0]["cover_from"]) == ("2027-05-01", "2027-04-01")
        assert await somebody.owes(PAID_ON) == 415
        await pays(story, await orders(story, somebody))
        assert await cover(somebody) == "2027-04-01"
        assert await totals(story) == (41_500, [(2026, 1, 41_500)])
        assert await somebody.suspended() == []

    async def test_the_contribution_alone_counts_and_no_other_money_is_taken_for_a_year(self, tell):
        story = await tell("qingdao")
        somebody = await lapsed(story)
        await somebody.pays(415, PAID_ON)
        await somebody.pays(415, PAID_ON)
        assert await cover(somebody) == "2027-05-01"
        assert await somebody.suspended() == [("already_paid", 415)]
        assert await totals(story) == (41_500, [])

    async def test_of_a_family_each_as_they_wish_with_one_order(self, tell):
        story = await tell("qingdao")
        one = await lapsed(story)
        other = await lapsed(story, 2025, 2026, born="1982-03-01")
        ids = [(await each.due(PAID_ON))["person_id"] for each in (one, other)]
        wanted = {"county": "qingdao", "coverage_year": 2027, "person_ids": ids, "channel": "tax"}
        wanted["choices"] = [{"person_id": ids[0], "repair_years": 1}]
        order = await story.county.expect("collection", "POST", "/v1/orders", moment(PAID_ON), wanted)
        await pays(story, order)
        assert (await cover(one), await cover(other)) == ("2027-04-01", "2027-01-01")
        assert await totals(story) == (83_000, [(2026, 1, 41_500)])


class TestLater:
    async def test_while_the_wait_runs(self, tell):
        story = await tell("qingdao")
        somebody = await lapsed(story)
        await somebody.pays(415, PAID_ON)
        assert (await somebody.due("2027-04-20"))["repair"]["until_on"] == "2027-04-30"
        await pays(story, await orders(story, somebody, on="2027-04-20"), on="2027-04-20")
        assert await cover(somebody) == "2027-04-20"
        assert await totals(story) == (41_500, [(2026, 1, 41_500)])

    async def test_history_that_becomes_known_since_changes_the_cover_and_not_the_money(self, tell):
        story = await tell("qingdao")
        somebody = await lapsed(story)
        await pays(story, await orders(story, somebody))
        person_id = (await somebody.due(PAID_ON))["person_id"]
        path = f"/v1/persons/{person_id}/history/corrections"
        said = {"said": "insured", "coverage_year": 2026, "reason": "已核验凭证"}
        answer = await story.county.expect("registration", "POST", path, moment("2026-12-02"), said)
        approve = f"/v1/approvals/{answer['approval_id']}/approve"
        second = story.token_of("second")
        await story.county.expect("registration", "POST", approve, moment("2026-12-02"), {}, token=second)
        await story.county.settle()
        assert await cover(somebody) == "2027-01-01"
        assert await totals(story) == (41_500, [(2026, 1, 41_500)])


class TestMoneyThatGoesBack:
    async def test_a_repair_alone_before_cover_has_begun_by_it(self, tell):
        story = await tell("qingdao")
        somebody = await lapsed(story)
        await somebody.gives_card(IN_WINDOW)
        await pays(story, await orders(story, somebody))
        await gives_back(story, 2, "2027-02-01")
        assert await approves_all(story, "2027-02-02") == [(2, 2026, "不再需要")]
        await story.pays_out("2027-02-10")
        assert (await somebody.state(), await cover(somebody)) == ("paid", "2027-05-01")
        assert await totals(story) == (41_500, [(2026, 0, 0)])

    async def test_not_once_it_has_nor_in_parts(self, tell):
        story = await tell("qingdao")
        somebody = await lapsed(story)
        await pays(story, await orders(story, somebody))
        part = await gives_back(story, 2, "2027-02-01", expect=409, amount_fen=100)
        assert part["type"] == "urn:canbao:problem:repair-refunded-whole"
        late = await gives_back(story, 2, "2027-04-01", expect=409, exceptional=False)
        assert (late["type"], late["cover_from"]) == ("urn:canbao:problem:repair-used", "2027-04-01")

    async def test_a_contribution_takes_its_repairs_along(self, tell):
        story = await tell("qingdao")
        somebody = await lapsed(story)
        await somebody.gives_card(IN_WINDOW)
        await pays(story, await orders(story, somebody))
        await gives_back(story, 1, "2027-04-10")
        assert await approves_all(story, "2027-04-11") == [
            (1, None, "不再需要"), (2, 2026, "with_contribution"),
        ]  # fmt: skip
        await story.pays_out("2027-04-20")
        assert await somebody.state() == "assessed"
        assert (await totals(story))[0] == 0
        assert sum(fen for _, _, fen in (await totals(story))[1]) == 0

    async def test_repairs_stay_with_a_contribution_that_does_not_go_back_after_all(self, tell):
        story = await tell("qingdao")
        await pays(story, await orders(story, await lapsed(story)))
        asked = await gives_back(story, 1, "2027-02-01")
        path = f"/v1/refunds/{asked['refund_id']}/reject"
        second = story.token_of("second")
        await story.county.expect("subsidy", "POST", path, moment("2027-02-02"), {}, token=second)
        assert await approves_all(story, "2027-02-03") == []

    @pytest.mark.parametrize("decision", ["approve", "reject"])
    async def test_a_repair_that_is_paid_while_its_contribution_is_asked_for_follows_it(self, tell, decision):
        story = await tell("qingdao")
        somebody = await lapsed(story)
        await somebody.gives_card(IN_WINDOW)
        await somebody.pays(415, PAID_ON)
        asked = await gives_back(story, 1, "2027-02-01")
        await pays(story, await orders(story, somebody, on="2027-02-02"), on="2027-02-02")
        if decision == "reject":
            path = f"/v1/refunds/{asked['refund_id']}/reject"
            second = story.token_of("second")
            await story.county.expect("subsidy", "POST", path, moment("2027-02-03"), {}, token=second)
            assert await approves_all(story, "2027-02-04") == []
            assert await totals(story) == (41_500, [(2026, 1, 41_500)])
            return
        assert await approves_all(story, "2027-02-03") == [
            (1, None, "不再需要"), (2, 2026, "with_contribution"),
        ]  # fmt: skip
        await story.pays_out("2027-02-10")
        assert await somebody.state() == "assessed"
        assert await totals(story) == (0, [(2026, 0, 0)])

    async def test_what_the_channel_gives_back_of_a_person_is_both(self, tell):
        story = await tell("qingdao")
        somebody = await lapsed(story)
        transaction = await pays(story, await orders(story, somebody))
        gone = {
            "transaction_no": transaction, "return_no": "R1", "amount_fen": 83_000,
            "returned_at": moment("2026-12-01").isoformat(),
        }  # fmt: skip
        answer = await story.county.tell("payment.refunded", gone, moment("2026-12-01"))
        assert answer.status_code in (200, 202), answer.text
        await story.county.settle()
        assert await somebody.state() == "assessed"
        assert (await totals(story))[0] == 0


class TestWhatIsVerified:
    async def test_a_repair_that_was_never_offered_and_one_beside_no_contribution(self, tell):
        story = await tell("qingdao")
        somebody = await lapsed(story)
        await pays(story, await orders(story, somebody))
        assert await wrong_amounts(story) == []
        await change(story, "UPDATE payment_lines SET repaired_year = 2019 WHERE line_no = 2")
        (never,) = await wrong_amounts(story)
        assert never.endswith("repairs 2019 for 41500 fen, which was never offered")
        await change(story, "UPDATE payment_lines SET repaired_year = 2026 WHERE line_no = 2")
        await change(story, "UPDATE payment_lines SET coverage_year = 2020 WHERE line_no = 1")
        assert any(one.endswith("repairs 2026 beside no contribution") for one in await wrong_amounts(story))
        await change(story, "UPDATE payment_lines SET coverage_year = 2027 WHERE line_no = 1")


async def change(story, sql):
    async with story.county.services["collection"].context.engine.begin() as conn:
        await conn.execute(text(sql))


async def wrong_amounts(story):
    """What verifying finds of money that its assessment does not explain."""
    services = story.county.services
    urls = {name: one.context.settings.database_url for name, one in services.items()}
    report = await verify(urls, services["ledger"].context.notices)
    return [one.wrong for check in report.checks if check.name == "amounts" for one in check.told]


class TestWhatOfficesRead:
    async def test_a_handover_tells_it_apart_from_contributions_to_each_party(self, tell):
        story = await tell("qingdao")
        somebody = await lapsed(story)
        await pays(story, await orders(story, somebody))
        at = moment("2027-01-05")
        sealed = await story.county.expect("ledger", "POST", "/v1/handovers/qingdao/2027/main/close", at, {})
        assert sealed["totals"]["total"]["amount_fen"] == 41_500
        assert [one["amount_fen"] for one in sealed["totals"]["repairs"]] == [41_500]
        for party in ("tax", "finance"):
            path = f"/v1/handovers/qingdao/2027/main/papers/{party}"
            paper = (await story.county.expect("ledger", "GET", path, at))["document"]
            (section,) = [one for one in paper["sections"] if one["code"] == "repairs"]
            assert [(row["name"], row["heads"]) for row in section["rows"]] == [("2026年度（tax）", 1)]
            assert section["amount_fen"] == 41_500

    async def test_a_receipt_shows_the_repaired_year_with_its_money(self, tell):
        story = await tell("qingdao")
        somebody = await lapsed(story)
        await pays(story, await orders(story, somebody))
        person = {"id_number": somebody.number, "name": somebody.name}
        wanted = {"kind": "receipt", "county": "qingdao", "coverage_year": 2027, "people": [person]}
        paper = await story.county.expect(
            "collection", "POST", "/v1/certificates", moment("2026-12-01"), wanted
        )
        (certified,) = paper["people"]
        assert (paper["state_now"], certified["paid_fen"]) == ("stands", 83_000)
        assert certified["repairs"] == [{"repaired_year": 2026, "amount_fen": 41_500}]
        printed = await story.county.ask(
            "collection", "GET", f"/v1/certificates/{paper['certificate_no']}/file", moment("2026-12-01")
        )
        assert printed.content.startswith(b"%PDF")
