"""Cash in the hands of collectors, by the rules of each notice: taken, covered, deposited, or missed."""

import asyncio

import pytest

from canbao.verify.cash import is_accounted_for
from services.collection.alarms import alarms
from services.collection.cash.alarming import see_to_cash
from tests.integration.stories.checks import change, found_by
from tests.integration.stories.conftest import moment
from tests.integration.stories.test_money import books
from tests.integration.stories.test_people import rows

CHANNELS = {
    "huining": "cadre",
    "dongan": "village",
    "songming": "village",
    "huilong": "pos",
    "youxi": "tax_hall",
}


class Purse:
    """One collector of a story."""

    def __init__(self, story, collector_id):
        self.story, self.collector_id, self.numbers = story, collector_id, iter(range(1, 1000))

    async def ask(self, method, path, on, body=None, **query):
        return await self.story.county.ask("collection", method, path, moment(on), body, **query)

    def receipt(self, *people, yuan, paid_at, **more):
        per_person = self.story.code == "huining"
        items = [{"id_number": one.number, "name": one.name, "amount_fen": yuan * 100} for one in people]
        if per_person:
            items = [item | {"voucher_no": f"0012{next(self.numbers):04d}"} for item in items]
        elif self.story.code == "dongan":
            more = {"voucher_no": f"0034{next(self.numbers):04d}"} | more
        return {"instrument": "cash", "paid_at": moment(paid_at).isoformat(), "items": items} | more

    async def enters(self, *receipts, on):
        said = {
            "collector_id": self.collector_id,
            "coverage_year": self.story.year,
            "receipts": list(receipts),
        }
        return await self.ask("POST", "/v1/cash-receipts", on, said)

    async def takes(self, *people, yuan, paid_at, entered_at=None, **more):
        """Take money and write it down."""
        receipt = self.receipt(*people, yuan=yuan, paid_at=paid_at, **more)
        answer = await self.enters(receipt, on=entered_at or paid_at)
        assert answer.status_code == 201, answer.text
        await self.story.county.settle()
        return answer.json()["receipt_ids"][0]

    async def deposits(self, yuan, on, slip="S1", **more):
        said = {"collector_id": self.collector_id, "coverage_year": self.story.year, "slip_no": slip}
        said |= {"amount_fen": yuan * 100, "deposited_at": moment(on).isoformat()} | more
        answer = await self.ask("POST", "/v1/cash-deposits", on, said)
        await self.story.county.settle()
        return answer

    async def position(self, on):
        found = (await self.ask("GET", "/v1/cash-positions", on)).json()["items"]
        return next((one for one in found if one["collector_id"] == self.collector_id), None)

    async def alarms(self, on):
        async with self.story.county.services["collection"].context.engine.begin() as conn:
            await see_to_cash(conn, moment(on), self.story.county.services["collection"].context.notices)
        return sorted(
            (one["kind"], one["amount_fen"] / 100) for one in await self.story.cases("collection", on)
        )

    @property
    def account(self):
        return f"cash:{self.collector_id}"


async def collector(story, on, division=None, channel=None, title="村委会收缴点"):
    """Register a collector in the village of the people of a story."""
    said = {
        "county": story.code,
        "coverage_year": story.year,
        "division_code": division or village_of(story),
        "channel": channel or CHANNELS[story.code],
        "title": title,
    }
    found = await story.county.expect("collection", "POST", "/v1/collectors", moment(on), said)
    return Purse(story, found["collector_id"])


def village_of(story):
    """Where the people of a story live."""
    division = story.county.services["registration"].context.notices[(story.code, story.year)].division
    return (division + "101201")[:12] if len(division) == 6 else (division + "001")[:12].ljust(12, "0")


class TestTaken:
    async def test_money_covers_at_the_instant_on_the_voucher_and_is_the_collectors_until_it_is_banked(
        self, tell
    ):
        story = await tell("huining")
        somebody = await story.person("2020-09-05")
        purse = await collector(story, "2020-09-06")
        await purse.takes(somebody, yuan=280, paid_at="2020-11-20 16:40:00", entered_at="2020-11-20 18:00:00")
        assert await somebody.state() == "paid"
        assert (await books(story))[purse.account] == 280
        assert (await purse.position("2020-11-20"))["in_hand_fen"] == 28000

        made = await purse.deposits(280, "2020-11-20 19:00:00")
        assert (made.status_code, made.json()["missing_fen"], made.json()["late_fen"]) == (201, 0, 0)
        found = await books(story)
        assert (found.get(purse.account), found["pending_remittance"]) == (None, 280)
        assert await purse.position("2020-11-21") is None
        assert await purse.alarms("2020-12-01") == []

    async def test_for_a_household_is_one_receipt_where_the_notice_says_so(self, tell):
        story = await tell("dongan")
        head = await story.person("2019-09-05", household="H7")
        purse = await collector(story, "2019-09-06")
        bare = purse.receipt(head, yuan=250, paid_at="2019-11-20") | {"voucher_no": None}
        refused = await purse.enters(bare, on="2019-11-20 12:00:00")
        assert refused.status_code == 422
        assert "七(四)" in refused.json()["errors"][0]["detail_zh"]
        await purse.takes(head, yuan=250, paid_at="2019-11-20 10:00:00")
        assert await head.state() == "paid"

    async def test_twice_on_one_number_of_paper_is_refused_and_nothing_of_it_is_recorded(self, tell):
        story = await tell("huining")
        one, other = await story.person("2020-09-05"), await story.person("2020-09-05")
        purse = await collector(story, "2020-09-06")
        first = purse.receipt(one, yuan=280, paid_at="2020-11-20 09:00:00")
        assert (await purse.enters(first, on="2020-11-20 10:00:00")).status_code == 201
        second = purse.receipt(other, yuan=280, paid_at="2020-11-20 09:30:00")
        second["items"][0]["voucher_no"] = first["items"][0]["voucher_no"]
        refused = await purse.enters(second, on="2020-11-20 10:00:00")
        assert refused.json()["errors"][0]["pointer"] == "#/receipts/0/items/0/voucher_no"
        await story.county.settle()
        assert await other.state() != "paid"
        assert (await purse.position("2020-11-20"))["receipts"] == 1

    @pytest.mark.parametrize("code", ["youxi", "huilong"])
    async def test_in_cash_is_refused_with_the_clause_where_the_notice_takes_none(self, tell, code):
        story = await tell(code)
        somebody = await story.person("2019-10-05", tier=1 if code == "huilong" else None)
        purse = await collector(story, "2019-10-06")
        refused = await purse.enters(purse.receipt(somebody, yuan=250, paid_at="2019-11-20"), on="2019-11-21")
        fault = refused.json()["errors"][0]
        assert fault["pointer"] == "#/receipts/0/instrument"
        assert "六" in fault["detail_zh"]
        taken = await purse.enters(
            purse.receipt(somebody, yuan=250, paid_at="2019-11-20", instrument="pos", reference="POS7"),
            on="2019-11-21",
        )
        assert taken.status_code == 201, taken.text
        await story.county.settle()
        assert await somebody.state() == "paid"
        assert (await books(story))[f"clearing:{CHANNELS[code]}"] == 250

    async def test_for_people_of_another_place_is_refused(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-09-05")
        purse = await collector(story, "2020-09-06", division="620422102201")
        refused = await purse.enters(purse.receipt(somebody, yuan=280, paid_at="2020-11-20"), on="2020-11-21")
        assert "八(一)" in refused.json()["errors"][0]["detail_zh"]

    async def test_and_typed_after_the_window_waits_for_two_officers(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-09-05")
        purse = await collector(story, "2020-09-06")
        await purse.takes(somebody, yuan=280, paid_at="2020-12-10 15:00:00", entered_at="2020-12-12 09:00:00")
        assert await somebody.state() != "paid"
        (case,) = await story.cases("collection", "2020-12-12")
        assert case["kind"] == "cash_entered_late"
        assert (await purse.position("2020-12-12"))["held_fen"] == 28000
        await story.decide("collection", case, "accept", "2020-12-13")
        await story.county.settle()
        assert await somebody.state() == "paid"


class TestInHand:
    async def test_is_due_by_the_second_and_told_of_until_it_is_deposited(self, tell):
        story = await tell("huining")
        people = [await story.person("2020-09-05") for _ in range(2)]
        purse = await collector(story, "2020-09-06")
        await purse.takes(people[0], yuan=280, paid_at="2020-11-20 17:00:00")
        await purse.takes(people[1], yuan=280, paid_at="2020-11-20 17:00:01")
        now = await purse.position("2020-11-20 18:00:00")
        assert (now["due_today_fen"], now["overdue_fen"], now["next_due_on"]) == (28000, 0, "2020-11-20")
        assert await purse.alarms("2020-11-20 17:00:00") == []
        assert await purse.alarms("2020-11-20 17:00:01") == [("cash_due", 280)]
        assert await purse.alarms("2020-11-20 23:59:59") == [("cash_due", 280)]
        assert await purse.alarms("2020-11-21 00:00:01") == [("cash_overdue", 280)]
        assert await purse.alarms("2020-11-21 17:00:01") == [("cash_due", 280), ("cash_overdue", 280)]
        assert await purse.alarms("2020-11-22") == [("cash_overdue", 560)]
        made = await purse.deposits(560, "2020-11-22")
        assert made.json()["late_fen"] == 56000
        assert await purse.alarms("2020-11-22 12:00:00") == []

    async def test_that_somebody_has_seen_to_stays_until_it_is_in_the_bank_and_is_raised_once(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-09-05")
        purse = await collector(story, "2020-09-06")
        await purse.takes(somebody, yuan=280, paid_at="2020-11-20 09:00:00")
        for on, kind in (("2020-11-20 18:00:00", "cash_due"), ("2020-11-21 08:00:00", "cash_overdue")):
            assert await purse.alarms(on) == [(kind, 280)]
            (case,) = await story.cases("collection", on)
            await story.decide("collection", case, "noted", on)
            assert await purse.alarms(on[:11] + "23:59:59") == [(kind, 280)]
            (seen,) = await story.cases("collection", on)
            assert (seen["case_id"], seen["state"], seen["acknowledged_at"][:10]) == (
                case["case_id"],
                "open",
                on[:10],
            )
        assert await purse.alarms("2020-11-22 00:00:01") == [("cash_overdue", 280)]
        await purse.deposits(280, "2020-11-22 09:00:00")
        assert await story.cases("collection", "2020-11-22 09:00:01") == []
        path = f"/v1/cases/{case['case_id']}/news"
        told = await story.county.expect("collection", "GET", path, moment("2020-11-23"))
        assert [(one["news"], one["at"][:10], one["note"]) for one in told["items"]] == [
            ("raised", "2020-11-21", None),
            ("acknowledged", "2020-11-21", "已核实"),
            ("resolved", "2020-11-22", None),
        ]

    async def test_over_its_day_is_found_among_all_that_is_in_hand(self, tell):
        story = await tell("huining")
        purses = [await collector(story, "2020-09-06", title=f"收缴点{no}") for no in range(3)]
        for purse in purses:
            purse.numbers = purses[0].numbers
        for no, purse in enumerate(purses):
            late = await story.person("2020-09-05")
            await purse.takes(late, yuan=280, paid_at=f"2020-11-{19 + no % 2} 09:00:00")
        both = await story.person("2020-09-05")
        await purses[0].takes(both, yuan=280, paid_at="2020-11-20 09:30:00")

        async def overdue(on, **more):
            answer = await purses[0].ask("GET", "/v1/cash-positions", on, overdue="true", **more)
            return answer.json()

        assert (await overdue("2020-11-19 10:00:00"))["items"] == []
        first = await overdue("2020-11-20 10:00:00", limit=1)
        rest = await overdue("2020-11-20 10:00:00", limit=1, after=first["next_after"])
        found = [*first["items"], *rest["items"]]
        assert [one["collector_id"] for one in found] == [purses[0].collector_id, purses[2].collector_id]
        assert [(one["in_hand_fen"], one["overdue_fen"]) for one in found] == [(56000, 28000), (28000, 28000)]
        assert rest["next_after"] is None
        assert len((await overdue("2020-11-21 10:00:00"))["items"]) == 3

    async def test_may_stay_for_three_days_where_the_notice_says_so(self, tell):
        story = await tell("dongan")
        somebody = await story.person("2019-09-05")
        purse = await collector(story, "2019-09-06")
        await purse.takes(somebody, yuan=250, paid_at="2019-11-20 10:00:00")
        assert (await purse.position("2019-11-21"))["next_due_on"] == "2019-11-23"
        assert await purse.alarms("2019-11-22 23:59:59") == []
        assert await purse.alarms("2019-11-23 00:00:01") == [("cash_due", 250)]
        assert await purse.alarms("2019-11-24 01:00:00") == [("cash_overdue", 250)]
        await purse.deposits(250, "2019-11-24 09:00:00")
        assert await purse.alarms("2019-11-24 09:00:01") == []

    async def test_is_told_of_before_its_day_is_over_and_no_more_once_it_is_in_the_bank(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-09-05")
        purse = await collector(story, "2020-09-06")
        await purse.takes(somebody, yuan=280, paid_at="2020-11-20 09:00:00")
        assert await purse.alarms("2020-11-20 17:30:00") == [("cash_due", 280)]
        await purse.deposits(280, "2020-11-20 18:00:00")
        assert await story.cases("collection", "2020-11-20 18:00:00") == []

    async def test_has_no_day_where_the_roster_has_to_pass_first(self, tell):
        story = await tell("songming")
        somebody = await story.person("2017-10-12")
        purse = await collector(story, "2017-10-12")
        await purse.takes(somebody, yuan=180, paid_at="2017-10-20 10:00:00")
        now = await purse.position("2017-11-30")
        assert (now["waits_for_review"], now["next_due_on"]) == (True, None)


class TestDeposits:
    async def test_that_bring_too_little_are_a_case_until_the_rest_is_brought(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-09-05")
        purse = await collector(story, "2020-09-06")
        await purse.takes(somebody, yuan=280, paid_at="2020-11-20 10:00:00")
        made = (await purse.deposits(200, "2020-11-20 17:00:00")).json()
        assert made["missing_fen"] == 8000
        assert await purse.alarms("2020-11-20 18:00:00") == [("deposit_difference", 80)]
        assert (await purse.position("2020-11-20"))["missing_fen"] == 8000
        assert (await books(story))[purse.account] == 80
        more = {"makes_good_id": made["deposit_id"]}
        assert (await purse.deposits(80, "2020-11-21", "S2", **more)).status_code == 201
        assert await purse.alarms("2020-11-22") == []
        assert (await books(story)).get(purse.account) is None
        # What made it good has to be taken back first.
        path = f"/v1/cash-deposits/{made['deposit_id']}/withdraw"
        refused = await purse.ask("POST", path, "2020-11-22", {"reason": "单号录入错误"})
        assert refused.json()["type"].endswith("deposit-not-changeable")

    async def test_that_bring_too_much_are_a_case_until_the_receipt_is_found(self, tell):
        story = await tell("huining")
        people = [await story.person("2020-09-05") for _ in range(2)]
        purse = await collector(story, "2020-09-06")
        await purse.takes(people[0], yuan=280, paid_at="2020-11-20 10:00:00")
        made = (await purse.deposits(560, "2020-11-20 17:00:00")).json()
        assert made["missing_fen"] == -28000
        assert (await books(story))[purse.account] == -280
        later = await purse.takes(
            people[1], yuan=280, paid_at="2020-11-20 11:00:00", entered_at="2020-11-20 18:00:00"
        )
        path = f"/v1/cash-deposits/{made['deposit_id']}/receipts"
        added = await purse.ask("POST", path, "2020-11-20 18:30:00", {"receipt_ids": [later]})
        assert (added.status_code, added.json()["missing_fen"]) == (200, 0)
        assert await purse.alarms("2020-11-25") == []
        assert (await books(story)).get(purse.account) is None

    async def test_that_were_typed_wrongly_are_taken_back(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-09-05")
        purse = await collector(story, "2020-09-06")
        await purse.takes(somebody, yuan=280, paid_at="2020-11-20 10:00:00")
        made = (await purse.deposits(820, "2020-11-20 17:00:00")).json()
        path = f"/v1/cash-deposits/{made['deposit_id']}/withdraw"
        assert (
            await purse.ask("POST", path, "2020-11-20 17:10:00", {"reason": "金额录入错误"})
        ).status_code == 200
        await story.county.settle()
        assert (await books(story))[purse.account] == 280
        assert (await purse.position("2020-11-20"))["in_hand_fen"] == 28000
        assert (await purse.deposits(280, "2020-11-20 17:20:00")).json()["missing_fen"] == 0
        assert (await purse.deposits(280, "2020-11-20 17:20:00")).status_code == 409

    async def test_move_no_cash_by_a_movement_of_the_ledger(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-09-05")
        purse = await collector(story, "2020-09-06")
        await purse.takes(somebody, yuan=280, paid_at="2020-11-20 10:00:00")
        movement = {"county": story.code, "coverage_year": story.year, "kind": "channel_settlement"}
        movement |= {"reference": "B1", "business_at": moment("2020-11-21").isoformat()}
        at = moment("2020-11-21")
        await story.county.expect("ledger", "POST", "/v1/movements", at, movement)
        assert (await books(story))[purse.account] == 280
        refused = await story.county.ask(
            "ledger", "POST", "/v1/movements", at, movement | {"channel": purse.account, "reference": "B2"}
        )
        assert refused.json()["type"].endswith("cash-is-deposited")


class TestMoneyThatDidNotStay:
    @pytest.mark.parametrize("banked", [True, False])
    async def test_a_bounced_cheque_takes_the_cover_with_it(self, tell, banked):
        story = await tell("huining")
        somebody = await story.person("2020-09-05")
        purse = await collector(story, "2020-09-06")
        receipt = await purse.takes(
            somebody, yuan=280, paid_at="2020-11-20 10:00:00", instrument="cheque", reference="C100"
        )
        if banked:
            await purse.deposits(280, "2020-11-20 17:00:00")
        said = {"reason": "bounced_cheque", "returned_at": moment("2020-11-25").isoformat()}
        path = f"/v1/cash-receipts/{receipt}/reversal"
        assert (await purse.ask("POST", path, "2020-11-25", said)).status_code == 200
        await story.county.settle()
        assert await somebody.due_state("2020-11-26") == "open"
        found = await books(story)
        assert (found.get(purse.account), found.get("pending_remittance")) == (None, None)
        assert await purse.position("2020-11-26") is None
        if banked:
            await verify_sees_what_a_slip_was_to_bring(story, 280)
        again = await purse.ask("POST", path, "2020-11-25", said)
        assert again.json()["type"].endswith("receipt-not-reversible")

    async def test_comes_back_as_its_kind_can_and_of_a_wrong_entry_before_it_is_at_the_bank(self, tell):
        story = await tell("huining")
        people = [await story.person("2020-09-05") for _ in range(2)]
        purse = await collector(story, "2020-09-06")
        cash = await purse.takes(people[0], yuan=280, paid_at="2020-11-20 10:00:00")
        card = {"instrument": "pos", "reference": "P100"}
        pos = await purse.takes(people[1], yuan=280, paid_at="2020-11-20 10:00:00", **card)
        made = (await purse.deposits(280, "2020-11-20 17:00:00")).json()

        async def back(receipt, reason):
            said = {"reason": reason, "returned_at": moment("2020-11-21").isoformat()}
            path = f"/v1/cash-receipts/{receipt}/reversal"
            return await purse.ask("POST", path, "2020-11-21 12:00:00", said)

        for receipt, reason in (
            (cash, "bounced_cheque"),
            (cash, "charged_back"),
            (cash, "entered_wrongly"),
            (pos, "bounced_cheque"),
        ):
            assert (await back(receipt, reason)).json()["type"].endswith("reversal-does-not-fit")
        assert (await books(story))["pending_remittance"] == 280
        path = f"/v1/cash-deposits/{made['deposit_id']}/withdraw"
        await purse.ask("POST", path, "2020-11-21", {"reason": "收款登记有误"})
        assert (await back(cash, "entered_wrongly")).status_code == 200
        await story.county.settle()
        assert await people[0].due_state("2020-11-22") == "open"
        assert (await books(story)).get(purse.account) is None

    async def test_a_charged_back_pos_payment_too(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-09-05")
        purse = await collector(story, "2020-09-06")
        receipt = await purse.takes(
            somebody, yuan=280, paid_at="2020-11-20 10:00:00", instrument="pos", reference="P100"
        )
        assert await somebody.state() == "paid"
        said = {"reason": "charged_back", "returned_at": moment("2020-11-25").isoformat()}
        answer = await purse.ask("POST", f"/v1/cash-receipts/{receipt}/reversal", "2020-11-25", said)
        assert answer.status_code == 200, answer.text
        await story.county.settle()
        assert await somebody.due_state("2020-11-26") == "open"
        assert "clearing:cadre" not in await books(story)

    @pytest.mark.parametrize(
        ("paper", "reason"),
        [("cash", "entered_wrongly"), ("cheque", "bounced_cheque"), ("pos", "charged_back")],
    )
    async def test_takes_the_cover_with_it_though_a_part_had_gone_to_the_card(self, tell, paper, reason):
        story = await tell("huining")
        somebody = await story.person("2020-09-05")
        purse = await collector(story, "2020-09-06")
        slip = {} if paper == "cash" else {"reference": "N100"}
        receipt = await purse.takes(
            somebody, yuan=280, paid_at="2020-11-20 10:00:00", instrument=paper, **slip
        )
        (line,) = await rows(story, "collection", "SELECT payment_id FROM payment_lines")
        asked = {"payment_id": line.payment_id, "line_no": 1, "reason": "多缴", "amount_fen": 1000}
        asked |= {"exceptional": True}
        refund = await story.county.expect("subsidy", "POST", "/v1/refunds", moment("2020-11-21"), asked)
        agree, second = f"/v1/refunds/{refund['refund_id']}/approve", story.token_of("second")
        await story.county.expect("subsidy", "POST", agree, moment("2020-11-21"), {}, token=second)
        await somebody.gives_card("2020-11-21")
        await story.pays_out("2020-11-22")
        assert await somebody.state() == "paid"

        said = {"reason": reason, "returned_at": moment("2020-11-25").isoformat()}
        back = await purse.ask("POST", f"/v1/cash-receipts/{receipt}/reversal", "2020-11-25", said)
        assert back.status_code == 200, back.text
        await story.county.settle()
        assert (await somebody.state(), await somebody.owes("2020-11-26")) == ("assessed", 280)
        # What the card has is nobody's money any more: somebody has to get it back.
        (case,) = [
            one
            for one in await story.cases("collection", "2020-11-26")
            if one["kind"] == "return_after_refund"
        ]
        assert case["amount_fen"] == 1000
        if paper == "pos":
            return
        # Until then it is the collector's, who took nothing for it.
        assert (await books(story))[purse.account] == 10
        assert (await purse.position("2020-11-26"))["in_hand_fen"] == 1000
        assert (await purse.deposits(10, "2020-11-27")).json()["missing_fen"] == 0
        assert await purse.position("2020-11-28") is None
        await verify_sees_what_a_slip_was_to_bring(story, 1)


async def verify_sees_what_a_slip_was_to_bring(story, less_yuan):
    """`canbao verify` finds the slip in order, and would not if it were to bring less."""
    assert await found_by(is_accounted_for, story) == []
    planted = f"UPDATE cash_deposits SET covered_fen = covered_fen - {less_yuan * 100}"
    await change(story, "collection", planted)
    (seen,) = await found_by(is_accounted_for, story)
    assert "was to bring" in seen
    await change(story, "collection", planted.replace(" - ", " + "))


class TestAWholeFileThatIsWrong:
    """A counter sent the file of another place, in no village batch: two officers take all of it back."""

    async def sends(self, purse, people, at):
        service = purse.story.county.services["collection"]
        rows = [
            f"{one.number},{one.name},280,2020-11-20 10:00,0012{next(purse.numbers):04d}" for one in people
        ]
        file = "证件号码,姓名,金额,收款时间,票据号码\n" + "\n".join(rows)
        made = await service.http.post(
            "/v1/cash-receipts/files",
            data={"collector_id": purse.collector_id, "coverage_year": purse.story.year},
            files={"file": ("receipts.csv", file.encode())},
            headers={
                "authorization": f"Bearer {purse.story.token_of('counter')}",
                "canbao-clock": moment(at).isoformat(),
                "idempotency-key": f'"{moment(at).isoformat()}"',
            },
        )
        assert made.status_code == 201, made.text
        service.stir()
        await purse.story.county.settle()
        return made.json()["receipt_ids"]

    async def asks_back(self, purse, receipt_ids, on, who="bureau"):
        said = {"collector_id": purse.collector_id, "coverage_year": purse.story.year}
        said |= {"receipt_ids": receipt_ids, "reason": "导入了其他网点的收款文件"}
        token = purse.story.token_of(who)
        county = purse.story.county
        return await county.ask(
            "collection", "POST", "/v1/cash-receipts/reversal", moment(on), said, token=token
        )

    async def agrees(self, purse, asked, on, who="tax"):
        path, county = f"/v1/approvals/{asked.json()['approval_id']}/approve", purse.story.county
        answer = await county.ask("collection", "POST", path, moment(on), {}, token=purse.story.token_of(who))
        await county.settle()
        return answer

    async def test_goes_back_with_cover_cash_and_paper_by_one_request_of_two_officers(self, tell):
        story = await tell("huining")
        people = [await story.person("2020-09-05") for _ in range(3)]
        purse = await collector(story, "2020-09-06", channel="bank_counter", title="农商行网点")
        wrong = await self.sends(purse, people[:2], "2020-11-20 10:05:00")
        right = await self.sends(purse, people[2:], "2020-11-20 10:10:00")
        assert (await books(story))[purse.account] == 840

        asked = await self.asks_back(purse, wrong, "2020-11-20 11:00:00")
        assert asked.status_code == 202, asked.text
        assert {name: asked.json()["payload"][name] for name in ("people", "amount_fen")} == {
            "people": 2,
            "amount_fen": 56_000,
        }
        assert [await one.state() for one in people] == ["paid"] * 3
        own = await self.agrees(purse, asked, "2020-11-20 11:01:00", who="bureau")
        assert own.json()["type"].endswith("second-person-needed")
        assert (await self.agrees(purse, asked, "2020-11-20 11:02:00")).status_code == 200

        assert [await one.state() for one in people] == ["assessed", "assessed", "paid"]
        assert (await books(story))[purse.account] == 280
        assert (await purse.position("2020-11-20 12:00:00"))["in_hand_fen"] == 28_000
        # The paper of the wrong file is free for the right one.
        purse.numbers = iter(range(1, 3))
        await self.sends(purse, people[:2], "2020-11-20 13:00:00")
        assert [await one.state() for one in people] == ["paid"] * 3
        gone = await self.asks_back(purse, wrong + right, "2020-11-20 14:00:00")
        assert gone.json()["type"].endswith("receipts-not-reversible")
        assert [one["detail"].split(":")[0] for one in gone.json()["errors"]] == [
            f"Receipt {receipt_id}" for receipt_id in wrong
        ]

    async def test_stays_whole_when_one_of_it_reached_the_bank_before_the_second_officer_agreed(self, tell):
        story = await tell("huining")
        people = [await story.person("2020-09-05") for _ in range(2)]
        purse = await collector(story, "2020-09-06", channel="bank_counter", title="农商行网点")
        wrong = await self.sends(purse, people, "2020-11-20 10:05:00")
        asked = await self.asks_back(purse, wrong, "2020-11-20 11:00:00")
        made = await purse.deposits(280, "2020-11-20 12:00:00", receipt_ids=wrong[:1])
        assert made.status_code == 201, made.text
        refused = await self.agrees(purse, asked, "2020-11-20 13:00:00")
        assert refused.json()["type"].endswith("receipts-not-reversible")
        (fault,) = refused.json()["errors"]
        assert f"withdraw deposit {made.json()['deposit_id']}" in fault["detail"]
        assert [await one.state() for one in people] == ["paid", "paid"]

    async def test_is_of_one_collector_and_year_and_what_a_batch_has_goes_back_with_the_batch(self, tell):
        story = await tell("huining")
        people = [await story.person("2020-09-05") for _ in range(2)]
        counter = await collector(story, "2020-09-06", channel="bank_counter", title="农商行网点")
        cadre = await collector(story, "2020-09-06")
        foreign = await self.sends(counter, people[:1], "2020-11-20 10:05:00")
        cadre.numbers = iter(range(500, 600))
        own = [await cadre.takes(people[1], yuan=280, paid_at="2020-11-20 10:00:00")]
        batch = {"collector_id": cadre.collector_id, "coverage_year": 2021, "receipt_ids": own}
        assert (
            await cadre.ask("POST", "/v1/village-batches", "2020-11-20 11:00:00", batch)
        ).status_code == 201
        refused = await self.asks_back(cadre, foreign + own, "2020-11-20 12:00:00")
        assert [one["detail"].split(": ", 1)[1] for one in refused.json()["errors"]] == [
            "it is of another collector or coverage year.",
            "it is in village batch 1: take that back, or leave the line out of it.",
        ]


class TestTheMinutelyLook:
    async def test_goes_by_the_time_of_a_replayed_season_and_not_by_the_clock_on_the_wall(
        self, tell, monkeypatch
    ):
        async def once(stop, _seconds):
            stop.set()

        monkeypatch.setattr("libs.common.repeating.pause", once)
        story = await tell("huining")
        one, other = await story.person("2020-09-05"), await story.person("2020-09-05")
        purse = await collector(story, "2020-09-06")
        (worker,) = (
            one for one in alarms(story.county.services["collection"].context) if one.name == "alerts"
        )

        await purse.takes(one, yuan=280, paid_at="2020-11-20 16:40:00")
        await worker.run(asyncio.Event())
        assert await story.cases("collection", "2020-11-20") == []

        await purse.takes(other, yuan=280, paid_at="2020-11-22 09:00:00")
        await worker.run(asyncio.Event())
        found = await story.cases("collection", "2020-11-22")
        assert [(case["kind"], case["amount_fen"]) for case in found] == [("cash_overdue", 28_000)]


class TestByTheList:
    async def test_money_is_taken_for_who_is_named_by_the_list_and_not_by_number(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-09-05")
        person_id = (await somebody.found())["person_id"]
        purse = await collector(story, "2020-09-06")
        path = f"/v1/collectors/{purse.collector_id}/dues/{person_id}"

        owes = (await purse.ask("GET", path, "2020-11-20", coverage_year=2021)).json()
        assert (owes["payable_fen"], owes["paper"], owes["takes_cash"]) == (28000, "person", True)
        assert owes["payment"] is None
        item = {"person_id": person_id, "amount_fen": 28000, "voucher_no": "00120001"}
        paid_at = moment("2020-11-20 16:40:00").isoformat()
        receipt = {"paid_at": paid_at, "items": [item]}
        assert (await purse.enters(receipt, on="2020-11-20 18:00:00")).status_code == 201
        await story.county.settle()

        assert await somebody.state() == "paid"
        assert (await books(story))[purse.account] == 280
        again = (await purse.ask("GET", path, "2020-11-21", coverage_year=2021)).json()
        assert again["payable_fen"] == 0 and "已于 2020-11-20 缴费" in again["standing"]["zh"]
        assert (again["payment"]["amount_fen"], len(again["payment"]["voucher_no"])) == (28000, 22)

    async def test_nobody_is_named_twice_or_of_another_place(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-09-05")
        person_id = (await somebody.found())["person_id"]
        home = village_of(story)
        other = await collector(story, "2020-09-06", division=f"{home[:9]}202", title="另一个村")
        paid_at = moment("2020-11-20 16:40:00").isoformat()

        async def refused(**item):
            receipt = {"paid_at": paid_at, "items": [{"amount_fen": 28000, "voucher_no": "00120001"} | item]}
            answer = await other.enters(receipt, on="2020-11-20 18:00:00")
            assert answer.status_code == 422, answer.text
            return [(one["pointer"].rpartition("/")[2], one["detail_zh"]) for one in answer.json()["errors"]]

        far = await refused(person_id=person_id)
        nobody = await refused(person_id=99_999_999)
        assert far == nobody and far[0][0] == "person_id"
        twice = await refused(person_id=person_id, id_number=somebody.number, name=somebody.name)
        assert "仅填写 person_id" in twice[0][1]
        assert "补缴断保年度" in (await refused(person_id=person_id, repair_years=1))[0][1]
        path = f"/v1/collectors/{other.collector_id}/dues/{person_id}"
        assert (await other.ask("GET", path, "2020-11-20", coverage_year=2021)).status_code == 404
