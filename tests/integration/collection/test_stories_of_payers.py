"""To whom a channel may pay for: agents keep to their area, apps to the payer and the family."""

from datetime import timedelta

import pytest

from libs.common.security.guesses import FAILURES_PER_NUMBER
from libs.common.security.scopes import ROLES

from .conftest import NOW, PRICE, VILLAGE, Counter, id_number, name, season, states
from .test_orders import pay_order
from .test_stories_of_households import ONE, TWO, member

OTHER_VILLAGE = "350426101204"
CHILD, STRANGER = 12, 31
PAYER = {"id_number": id_number(1), "name": name(1)}
RIDER = 3_000


@pytest.fixture
def caller(counter, client, signing_key):
    """Clients of a role: `await caller("village_agent", division=VILLAGE)`."""

    async def make(role: str, *, division: str = "350426", **claims):
        token = signing_key.issue(f"{role}-1", ROLES[role], division, role=role, **claims)
        http = await client(counter.context, app=counter.http._transport.app, token=token)
        http.headers["canbao-clock"] = NOW.isoformat()
        return http

    return make


async def order(http, *people: int, **more):
    body = {"county": "youxi", "coverage_year": 2020, "channel": "tax", "person_ids": list(people)}
    return await http.post("/v1/orders", json=body | more)


async def search(http, person: int, **more):
    body = {"id_number": id_number(person), "name": name(person), "county": "youxi", "coverage_year": 2020}
    return await http.post("/v1/dues/search", json=body | more)


def said(answer) -> str:
    return " ".join(error["detail"] + error["detail_zh"] for error in answer.json()["errors"])


class TestAgents:
    async def test_pay_for_their_own_village(self, counter, caller):
        await counter.tell(counter.assessed(1), counter.assessed(2))
        agent = await caller("village_agent", division=VILLAGE, real_name=True)
        made = await order(agent, 1, 2, notice_channel="etax_batch")
        assert (made.status_code, made.json()["amount_fen"]) == (201, 2 * PRICE)

    @pytest.mark.parametrize("said_channel", ["etax_batch", None])
    async def test_are_refused_for_another_village_with_the_clause(self, counter, caller, said_channel):
        await counter.tell(counter.assessed(1), counter.assessed(11, division_code=OTHER_VILLAGE))
        agent = await caller("village_agent", division=VILLAGE, real_name=True)
        refused = await order(agent, 1, 11, notice_channel=said_channel)
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:canbao:problem:outside-area")
        (error,) = refused.json()["errors"]
        assert error["pointer"] == "#/person_ids/1"
        assert "六(一)2" in error["detail"] and "六(一)2" in error["detail_zh"]
        assert await counter.count("orders") == 0

    async def test_see_only_what_people_of_their_village_owe(self, counter, caller):
        await counter.tell(counter.assessed(11, division_code=OTHER_VILLAGE))
        agent = await caller("village_agent", division=VILLAGE)
        assert (await search(agent, 11)).status_code == 404

    async def test_have_to_have_shown_who_they_are_where_the_notice_asks(self, counter, caller):
        await counter.tell(counter.assessed(1))
        unknown = await caller("village_agent", division=VILLAGE)
        refused = await order(unknown, 1, notice_channel="etax_batch")
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:canbao:problem:real-name-missing")
        assert "六(一)2" in refused.json()["detail_zh"]

    async def test_money_for_somebody_who_moved_away_meanwhile_is_not_lost(self, counter, caller):
        await counter.tell(counter.assessed(1))
        agent = await caller("village_agent", division=VILLAGE, real_name=True)
        made = (await order(agent, 1, notice_channel="etax_batch", channel="wechat")).json()
        await counter.tell(counter.assessed(1, revision=2, division_code=OTHER_VILLAGE))
        paid = await pay_order(counter, made["order_no"], PRICE)
        assert states(paid) == [("applied", None)]


class TestApps:
    """Minshuitong pays for the family after a real-name check, the WeChat account for oneself (六(一)1)."""

    async def test_pay_for_the_child_of_another_household_who_has_the_payer_as_guardian(
        self, counter, caller
    ):
        await counter.tell(counter.assessed(1), counter.assessed(CHILD, guardian_id=1, minor=True))
        app = await caller("mini_program", channel="minshuitong")
        found = (await search(app, 1, is_payer=True)).json()
        assert [(one["person_id"], one["relation"]) for one in found["family"]] == [(CHILD, "ward")]
        made = await order(app, 1, CHILD, payer=PAYER)
        assert (made.status_code, made.json()["amount_fen"]) == (201, 2 * PRICE)

    async def test_pay_for_nobody_who_is_no_relative(self, counter, caller):
        await counter.tell(counter.assessed(1), counter.assessed(STRANGER))
        app = await caller("mini_program", channel="minshuitong")
        refused = await order(app, 1, STRANGER, payer=PAYER)
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:canbao:problem:not-family")
        (error,) = refused.json()["errors"]
        assert (error["pointer"], "六(一)1" in error["detail_zh"]) == ("#/person_ids/1", True)

    async def test_pay_for_a_relative_whom_the_payer_knows_by_number_and_name(self, counter, caller):
        await counter.tell(counter.assessed(1), counter.assessed(STRANGER))
        app = await caller("mini_program", channel="minshuitong")
        mother = {"id_number": id_number(STRANGER), "name": name(STRANGER)}
        made = await order(app, 1, STRANGER, payer=PAYER, relatives=[mother])
        assert made.status_code == 201

    async def test_lock_out_whoever_guesses_the_name_of_a_stranger(self, counter, caller):
        await counter.tell(counter.assessed(1), counter.assessed(STRANGER))
        app = await caller("mini_program", channel="minshuitong")
        guess = {"id_number": id_number(STRANGER), "name": "王二"}
        for _ in range(FAILURES_PER_NUMBER):
            refused = await order(app, 1, STRANGER, payer=PAYER, relatives=[guess])
            assert refused.status_code == 404
        right = {"id_number": id_number(STRANGER), "name": name(STRANGER)}
        locked = await order(app, 1, STRANGER, payer=PAYER, relatives=[right])
        assert (locked.status_code, locked.json()["type"]) == (429, "urn:canbao:problem:too-many-guesses")
        rows = await counter.rows("SELECT count(*) AS n FROM person_lookups WHERE operation LIKE '%refused'")
        assert rows[0].n == FAILURES_PER_NUMBER + 1

    async def test_of_oneself_pay_for_nobody_else(self, counter, caller):
        await counter.tell(counter.assessed(1), counter.assessed(2))
        app = await caller("mini_program", channel="wechat")
        assert (await search(app, 1, is_payer=True)).json()["family"] == []
        refused = await order(app, 1, 2, payer=PAYER)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (409, "#/person_ids/1")
        assert (await order(app, 1, payer=PAYER)).status_code == 201

    async def test_show_the_family_to_the_payer_alone(self, counter, caller):
        await counter.tell(counter.assessed(1), counter.assessed(2))
        app = await caller("mini_program", channel="minshuitong")
        assert (await search(app, 1)).json()["family"] == []
        (member,) = (await search(app, 1, is_payer=True)).json()["family"]
        assert (member["relation"], member["masked_name"]) == ("household", "林*")

    async def test_have_to_say_who_pays_and_through_which_channel(self, counter, caller):
        await counter.tell(counter.assessed(1))
        nameless = await order(await caller("mini_program"), 1, payer=PAYER)
        assert (nameless.status_code, "minshuitong" in said(nameless)) == (422, True)
        app = await caller("mini_program", channel="minshuitong")
        assert (await order(app, 1)).json()["type"] == "urn:canbao:problem:payer-missing"
        other = await order(app, 1, payer=PAYER, notice_channel="wechat")
        assert (other.status_code, "minshuitong" in said(other)) == (422, True)

    async def test_only_with_the_right_to_vouch(self, counter, caller):
        await counter.tell(counter.assessed(1))
        agent = await caller("village_agent", division=VILLAGE)
        refused = await order(agent, 1, notice_channel="minshuitong", payer=PAYER)
        assert (refused.status_code, refused.json()["required_scope"]) == (403, "payers:vouch")
        assert (await search(agent, 1, is_payer=True)).status_code == 403

    async def test_a_channel_for_anyone_asks_for_nobody(self, counter, caller):
        await counter.tell(counter.assessed(1), counter.assessed(STRANGER))
        terminal = await caller("mini_program", channel="village_terminal")
        assert (await order(terminal, 1, STRANGER)).status_code == 201

    async def test_the_same_order_again_gets_the_first_answer_whatever_has_changed(self, counter, caller):
        await counter.tell(counter.assessed(1), counter.assessed(2))
        app = await caller("mini_program", channel="minshuitong")
        again = {"headers": {"idempotency-key": '"k7"'}}
        body = {"county": "youxi", "coverage_year": 2020, "channel": "tax", "person_ids": [1, 2]}
        first = await app.post("/v1/orders", json=body | {"payer": PAYER}, **again)
        await counter.tell(counter.assessed(2, revision=2, household_id=999))
        second = await app.post("/v1/orders", json=body | {"payer": PAYER}, **again)
        assert (first.status_code, second.status_code) == (201, 201)
        assert second.headers["canbao-repeated"] == "true"
        assert second.json()["order_no"] == first.json()["order_no"]


class TestFamilies:
    async def test_are_told_apart_by_relation_year_and_end_of_the_number(self, counter):
        told = {"birth_year": 2012, "number_ends": "1X", "guardian_id": 1, "minor": True}
        await counter.tell(counter.assessed(1), counter.assessed(2, **told))
        (child,) = (await search(counter.http, 1)).json()["family"]
        assert (child["relation"], child["birth_year"], child["number_ends"]) == ("ward", 2012, "1X")
        found = (await search(counter.http, 2)).json()
        assert [one["relation"] for one in found["family"]] == ["guardian"]
        assert found["relation"] == "self"

    async def test_are_not_shown_beyond_the_division_of_the_token(self, counter, caller):
        elsewhere = counter.assessed(CHILD, guardian_id=1, division_code=OTHER_VILLAGE)
        await counter.tell(counter.assessed(1), elsewhere)
        agent = await caller("village_agent", division=VILLAGE)
        assert (await search(agent, 1)).json()["family"] == []


class TestStanding:
    async def test_says_how_the_year_stands_in_the_season_and_after_it(self, counter):
        await counter.tell(counter.assessed(1), counter.assessed(2))
        await counter.pay("T1", 2)
        now = (await search(counter.http, 1)).json()["standing"]
        assert now == {
            "zh": "尚未缴费，应缴 250 元，2019-12-31 23:59 前有效。",
            "en": "Not paid yet: 250 yuan until 2019-12-31 23:59.",
        }
        counter.http.headers["canbao-clock"] = (NOW + timedelta(days=200)).isoformat()
        unpaid = (await search(counter.http, 1)).json()["standing"]
        assert "缴费期已结束" in unpaid["zh"] and "the season for 2020 is over" in unpaid["en"]
        paid = (await search(counter.http, 2)).json()["standing"]
        assert paid["zh"].startswith("已于 2019-11-20 缴费")


class TestChoices:
    async def test_an_add_on_is_offered_with_its_price_and_bought_with_the_contribution(self, counter):
        await counter.tell(counter.assessed(1))
        (offer,) = (await search(counter.http, 1)).json()["add_ons"]
        assert (offer["code"], offer["price_fen"], offer["bought"]) == ("accident", RIDER, False)
        chosen = [{"person_id": 1, "add_ons": ["accident"]}]
        made = (await order(counter.http, 1, channel="wechat", choices=chosen)).json()
        assert (made["amount_fen"], made["items"][0]["add_on_fen"]) == (PRICE + RIDER, RIDER)
        paid = await pay_order(counter, made["order_no"], PRICE + RIDER)
        assert states(paid) == [("applied", None)]
        (fact,) = await counter.published()
        assert (fact.own_fen, fact.add_on_fen) == (PRICE, RIDER)
        (offer,) = (await search(counter.http, 1)).json()["add_ons"]
        assert offer["bought"]

    async def test_an_add_on_is_sold_only_where_the_notice_sells_it(self, counter, caller):
        await counter.tell(counter.assessed(1, schedule=season(add_on=RIDER)))
        app = await caller("mini_program", channel="minshuitong")
        chosen = [{"person_id": 1, "add_ons": ["accident"]}]
        refused = await order(app, 1, payer=PAYER, choices=chosen)
        assert (refused.status_code, "六(三)" in said(refused)) == (422, True)
        # What was registered stays open, and is bought where it is sold.
        assert (await order(app, 1, payer=PAYER)).json()["amount_fen"] == PRICE

    async def test_what_is_registered_may_be_left_out(self, counter):
        await counter.tell(counter.assessed(1, schedule=season(add_on=RIDER)))
        made = await order(counter.http, 1, choices=[{"person_id": 1, "add_ons": []}])
        assert made.json()["amount_fen"] == PRICE

    async def test_a_second_one_is_refused(self, counter):
        await counter.tell(counter.assessed(1))
        await counter.pay_part("T1", 1, RIDER)
        refused = await order(counter.http, 1, choices=[{"person_id": 1, "add_ons": ["accident"]}])
        assert (refused.status_code, "accident" in said(refused)) == (409, True)

    async def test_words_say_what_can_be_chosen(self, counter):
        await counter.tell(counter.assessed(1))
        unknown = await order(counter.http, 1, choices=[{"person_id": 1, "add_ons": ["dental"]}])
        assert (unknown.status_code, "accident" in said(unknown)) == (422, True)
        tier = await order(counter.http, 1, choices=[{"person_id": 1, "tier": 2}])
        assert (tier.status_code, "没有可选档次" in said(tier)) == (409, True)

    async def test_is_for_somebody_in_the_order_and_said_once(self, counter):
        """A slip in an id would quietly be paid as registered."""
        await counter.tell(counter.assessed(1))
        chosen = [{"person_id": 2, "add_ons": ["accident"]}, *[{"person_id": 1, "add_ons": []}] * 2]
        refused = await order(counter.http, 1, choices=chosen)
        faults = [fault["pointer"] for fault in refused.json()["errors"]]
        assert (refused.status_code, faults) == (422, ["#/choices/0/person_id", "#/choices/2/person_id"])

    async def test_an_order_with_a_chosen_add_on_outlives_a_new_assessment_of_the_same_price(self, counter):
        await counter.tell(counter.assessed(1))
        made = (await order(counter.http, 1, choices=[{"person_id": 1, "add_ons": ["accident"]}])).json()
        await counter.tell(counter.assessed(1, revision=2))
        shown = (await counter.http.get(f"/v1/orders/{made['order_no']}")).json()
        assert shown["state"] == "pending"

    async def test_money_of_an_order_that_waited_is_judged_with_what_was_chosen(self, counter: Counter):
        await counter.tell(counter.assessed(1))
        chosen = [{"person_id": 1, "add_ons": ["accident"]}]
        made = (await order(counter.http, 1, channel="wechat", choices=chosen)).json()
        await counter.tell(counter.cancelled(1, NOW, revision=2))
        paid = await pay_order(counter, made["order_no"], PRICE + RIDER)
        assert states(paid)[0][0] == "suspended"
        await counter.tell(counter.assessed(1, revision=3, at=NOW + timedelta(minutes=2)))
        assert states(await counter.payment(paid["payment_id"])) == [("applied", None)]

    @pytest.mark.parametrize(("tier", "fen"), [(1, ONE), (2, TWO)])
    async def test_a_tier_is_offered_with_its_price_and_chosen_by_the_order(self, counter, tier, fen):
        await counter.tell(member(counter, 1))
        found = (await search(counter.http, 1, county="huilong")).json()
        offered = {one["tier"]: one["payable_fen"] for one in found["tiers"]}
        assert offered == {1: ONE, 2: TWO}
        chosen = {"county": "huilong", "channel": "wechat", "choices": [{"person_id": 1, "tier": tier}]}
        made = (await order(counter.http, 1, **chosen)).json()
        assert (made["amount_fen"], made["items"][0]["tier"]) == (fen, tier)
        assert states(await pay_order(counter, made["order_no"], fen)) == [("applied", None)]
        assert [fact.tier for fact in await counter.published()] == [tier]

    async def test_a_household_on_one_tier_cannot_be_ordered_for_on_two(self, counter):
        await counter.tell(member(counter, 1), member(counter, 2))
        mixed = [{"person_id": 1, "tier": 1}, {"person_id": 2, "tier": 2}]
        refused = await order(counter.http, 1, 2, county="huilong", choices=mixed)
        assert refused.json()["type"] == "urn:canbao:problem:household-tiers"

    async def test_a_tier_that_is_registered_is_changed_by_the_village(self, counter):
        await counter.tell(member(counter, 1, 1))
        refused = await order(counter.http, 1, county="huilong", choices=[{"person_id": 1, "tier": 2}])
        assert (refused.status_code, "第 1 档" in said(refused)) == (409, True)
