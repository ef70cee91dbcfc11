"""What channels owe day by day: slips pay days, and all days together are the balance."""

import asyncio

import pytest

from libs.common.clock import CLOCK_HEADER
from libs.common.testing.channel_facts import fee_kept, fee_undone
from libs.common.testing.ledger_facts import bought, on, paid, returned, suspended, taken_back
from services.ledger.debts import store
from services.ledger.postings.rules import Season
from tests.integration.ledger.test_api import BOOKS, move

LATER = {CLOCK_HEADER: "2019-12-12T09:00:00+08:00"}
SLIP_OF = {1: "2019-12-02T10:00:00+08:00", 5: "2019-12-06T10:00:00+08:00"}


async def debts(desk):
    answer = await desk.http.get("/v1/channel-debts", params=BOOKS, headers=LATER)
    assert answer.status_code == 200, answer.text
    return {one["channel"]: one for one in answer.json()["items"]}


async def days(desk, channel="tax", **asked):
    asked = {**BOOKS, "channel": channel, **asked}
    answer = await desk.http.get("/v1/channel-debts/days", params=asked, headers=LATER)
    assert answer.status_code == 200, answer.text
    return {one["on"][-5:]: one for one in answer.json()["items"]}


async def open_days(desk, channel="tax"):
    return {day: one["open_fen"] for day, one in (await days(desk, channel, which="open")).items()}


async def adds_up(desk):
    """What is open over all days is the balance of each channel's account, in every books."""
    balances = await desk.balances()
    owed = {name: one["open_fen"] for name, one in (await debts(desk)).items() if one["open_fen"]}
    assert owed == {
        name.removeprefix("clearing:"): fen
        for name, fen in balances.items()
        if name.startswith(("clearing:", "employee_fund:"))
    }


def slip(number, amount_fen, at="2019-12-06T10:00:00+08:00", **values):
    return {"reference": f"HK-{number}", "amount_fen": amount_fen, "business_at": at, **values}


async def paid_days(answer):
    assert answer.status_code == 201, answer.text
    return {one["on"][-5:]: one["amount_fen"] for one in answer.json()["days"]}


class TestASlip:
    async def test_pays_the_days_whose_sum_it_is_suspense_and_add_ons_too(self, desk):
        await desk.send(
            paid(1, on("2019-12-01"), add_on_fen=3000),
            suspended(70, on("2019-12-02")),
            bought(2, at=on("2019-12-03")),
        )

        whole_day = await move(desk, **slip(1, 28000))
        two_days = await move(desk, **slip(2, 28000))

        assert await paid_days(whole_day) == {"12-01": 28000}
        assert await paid_days(two_days) == {"12-02": 25000, "12-03": 3000}
        assert await open_days(desk) == {}
        shown = (await days(desk))["12-02"]
        assert [(one["reference"], one["amount_fen"]) for one in shown["slips"]] == [("HK-2", 25000)]

    async def test_of_any_other_amount_pays_the_oldest_days_and_the_last_in_part(self, desk):
        await desk.send(paid(1, on("2019-12-01")), paid(2, on("2019-12-02")), paid(3, on("2019-12-03")))

        answer = await move(desk, **slip(1, 30007))

        assert await paid_days(answer) == {"12-01": 25000, "12-02": 5007}
        assert await open_days(desk) == {"12-02": 19993, "12-03": 25000}
        (owed,) = (await debts(desk)).values()
        assert (owed["open_fen"], owed["open_days"], owed["oldest_on"], owed["age_days"]) == (
            44993,
            2,
            "2019-12-02",
            10,
        )
        await adds_up(desk)

    async def test_pays_the_days_that_it_names(self, desk):
        await desk.send(paid(1, on("2019-12-01")), paid(2, on("2019-12-02")))
        named = [{"on": "2019-12-02", "amount_fen": 20000}, {"on": "2019-12-01", "amount_fen": 5000}]

        answer = await move(desk, **slip(1, None, days=named))

        assert answer.json()["amount_fen"] == 25000
        assert await paid_days(answer) == {"12-01": 5000, "12-02": 20000}
        again = await move(desk, **slip(1, None, days=named))
        assert (again.status_code, again.json()) == (200, answer.json())
        other = await move(desk, **slip(1, 25000))
        assert other.json()["type"] == "urn:canbao:problem:reference-reused"

    @pytest.mark.parametrize(
        "wrong",
        [
            {"days": [{"on": "2019-12-02", "amount_fen": 24999}]},
            {"days": [{"on": "2019-12-07", "amount_fen": 25000}]},
            {"days": [{"on": "2019-12-01", "amount_fen": 12500}] * 2},
            {"days": [{"on": "2019-12-01", "amount_fen": 0}, {"on": "2019-12-02", "amount_fen": 25000}]},
            {"days": [{"on": "2019-12-02", "amount_fen": 25000, "why": "so"}]},
            {"days": [{"on": "2019-12-02", "amount_fen": 25000}], "channel": None},
            {"days": [{"on": "2019-12-02", "amount_fen": 25000}], "kind": "treasury_receipt"},
            {"days": []},
        ],
    )
    async def test_whose_days_cannot_be_is_refused(self, desk, wrong):
        await desk.send(paid(1, on("2019-12-01")), paid(2, on("2019-12-02")))

        answer = await move(desk, **slip(1, 25000, **wrong))

        assert answer.status_code == 422
        assert await open_days(desk) == {"12-01": 25000, "12-02": 25000}

    async def test_of_all_channels_pays_the_days_of_each(self, desk):
        await desk.send(
            paid(1, on("2019-12-01")),
            paid(2, on("2019-12-02"), channel="wechat"),
            paid(3, on("2019-12-02"), employee_fund="workers_fund"),
        )

        answer = await move(desk, **slip(1, None, channel=None))

        assert [(one["channel"], one["on"]) for one in answer.json()["days"]] == [
            ("tax", "2019-12-01"),
            ("wechat", "2019-12-02"),
        ]
        assert await open_days(desk, "employee_fund:workers_fund") == {"12-02": 25000}
        transfer = {"kind": "employee_fund_transfer", "channel": "employee_fund:workers_fund"}
        await move(desk, **slip(2, None, **transfer, moved_because="已到账"))
        assert await open_days(desk, "employee_fund:workers_fund") == {}
        await adds_up(desk)

    async def test_that_is_reversed_pays_nothing_any_more(self, desk):
        await desk.send(paid(1, on("2019-12-01")))
        wrong = (await move(desk, **slip(1, 25000))).json()
        address = f"/v1/movements/{wrong['movement_id']}"
        await desk.http.post(
            f"{address}/reversal", json={"business_at": "2019-12-08T09:00:00+08:00", "reference": "HK-1-R"}
        )

        assert await open_days(desk) == {"12-01": 25000}
        await adds_up(desk)
        said = {"channel": "tax", "days": [{"on": "2019-12-01", "amount_fen": 25000}], "reason": "误"}
        refused = await desk.http.post(f"{address}/days", json=said)
        assert refused.json()["type"] == "urn:canbao:problem:slip-pays-no-days"

    async def test_may_bring_money_of_no_county_yet_and_its_day_is_even_once_it_is_known(self, desk):
        unknown = suspended(70, on("2019-12-01"), county=None, coverage_year=None, reason="unknown_person")
        await desk.send(paid(1, on("2019-12-01")), unknown)

        refused = await move(desk, **slip(0, 50001))
        answer = await move(desk, **slip(1, 50000, at="2019-12-01T18:00:00+08:00"))
        twice = await move(desk, **slip(2, 1))

        assert (refused.status_code, refused.json()["balance_fen"]) == (409, 25000)
        assert await paid_days(answer) == {"12-01": 50000}
        assert twice.status_code == 409
        assert await open_days(desk) == {"12-01": -25000}
        await adds_up(desk)
        await desk.send(paid(9, on("2019-12-01"), payment_id=70, from_suspense=True))
        assert await open_days(desk) == {}
        await adds_up(desk)

    async def test_of_two_at_once_that_bring_the_same_unknown_money_one_is_refused(self, desk):
        await desk.send(suspended(70, on("2019-12-01"), county=None, coverage_year=None))

        answers = await asyncio.gather(*(move(desk, **slip(number, 25000)) for number in (1, 2)))

        assert sorted(one.status_code for one in answers) == [201, 409]


class TestWhatComesLate:
    async def test_for_a_day_that_was_paid_opens_it_again(self, desk):
        await desk.send(paid(1, on("2019-12-01")))
        await move(desk, **slip(1, 25000))
        await desk.send(paid(2, on("2019-12-01T23:59")))

        assert await open_days(desk) == {"12-01": 25000}
        assert await paid_days(await move(desk, **slip(2, 25000))) == {"12-01": 25000}
        await adds_up(desk)

    async def test_what_went_back_of_a_paid_day_is_taken_off_the_next_slip(self, desk):
        first = paid(1, on("2019-12-01"), add_on_fen=3000)
        await desk.send(first)
        await move(desk, **slip(1, 28000, at=SLIP_OF[1]))
        await desk.send(returned(first, 28000, on("2019-12-04")), paid(2, on("2019-12-05")))
        await desk.send(paid(3, on("2019-12-05")))

        assert await open_days(desk) == {"12-04": -28000, "12-05": 50000}
        assert (await days(desk))["12-04"]["given_back_fen"] == 28000
        assert await paid_days(await move(desk, **slip(2, 22000))) == {"12-04": -28000, "12-05": 50000}
        assert await open_days(desk) == {}
        await adds_up(desk)

    async def test_of_other_uses_moves_nothing(self, desk):
        first = paid(1, on("2019-12-01"))
        await desk.send(first, taken_back(first, on("2019-12-03")), suspended(70, on("2019-12-02")))

        assert await open_days(desk) == {"12-01": 25000, "12-02": 25000}
        await adds_up(desk)


class TestAFee:
    async def test_that_a_channel_kept_is_taken_off_its_day_and_owed_by_who_bears_it(self, desk):
        await desk.send(paid(1, on("2019-12-01")), paid(2, on("2019-12-02")))
        await desk.send(fee_kept(150, on("2019-12-02T23:59:59")))

        answer = await move(desk, **slip(1, 24850))

        assert await paid_days(answer) == {"12-02": 24850}
        assert (await days(desk))["12-02"]["fee_fen"] == (await debts(desk))["tax"]["fee_fen"] == 150
        assert await open_days(desk) == {"12-01": 25000}
        assert (await desk.balances())["channel_fee:tax"] == 150
        await adds_up(desk)
        total = (await desk.totals())["total"]
        assert (total["head_count"], total["amount_fen"]) == (2, 50000)

    async def test_never_leaves_the_fund_short_once_it_is_made_up_for(self, desk):
        await desk.send(paid(1, on("2019-12-01")), fee_kept(150, on("2019-12-01T23:59:59")))
        for number, kind in enumerate(("channel_settlement", "treasury_receipt", "fiscal_transfer")):
            await move(desk, **slip(number, None), kind=kind, channel=None)

        short = await move(desk, **slip(7, 25000), kind="upward_remittance", channel=None)
        made_up = await move(desk, **slip(8, None), kind="channel_fee_reimbursed", channel=None)
        whole = await move(desk, **slip(9, 25000), kind="upward_remittance", channel=None)

        assert (short.status_code, made_up.json()["amount_fen"], whole.status_code) == (409, 150, 201)
        assert await desk.balances() == {"residents": -25000, "upward": 25000}
        moved = {one["kind"]: one["amount_fen"] for one in (await desk.totals())["movements"]}
        assert (moved["channel_fee"], moved["channel_fee_reimbursed"]) == (150, 150)
        assert moved["channel_settlement"] == 24850

    async def test_that_was_not_kept_after_all_is_owed_by_the_channel_again(self, desk):
        fee = fee_kept(150, on("2019-12-01T23:59:59"))
        await desk.send(paid(1, on("2019-12-01")), fee, fee_undone(fee))

        assert await open_days(desk) == {"12-01": 25000}
        assert "channel_fee:tax" not in await desk.balances()

    async def test_told_again_is_posted_once_and_one_given_back_is_owed_more(self, desk):
        first = desk.message(fee_kept(150, on("2019-12-01T23:59:59")))
        await desk.send(paid(1, on("2019-12-01")))
        await desk.deliver([first])
        await desk.deliver([first])
        await desk.send(fee_kept(-50, on("2019-12-03T23:59:59"), fee_id=2))

        assert (await desk.balances())["channel_fee:tax"] == 100
        assert await open_days(desk) == {"12-01": 24850, "12-03": 50}
        await adds_up(desk)

    async def test_is_entered_by_hand_with_channel_and_amount_and_is_no_step_of_the_notice(self, desk):
        await desk.send(paid(1, on("2019-12-01")))
        fee = {"kind": "channel_fee", "business_at": "2019-12-01T23:59:00+08:00"}

        answer = await move(desk, reference="F1", **{**fee, "amount_fen": 150})
        nameless = await move(desk, reference="F2", **{**fee, "amount_fen": 150, "channel": None})
        all_of_it = await move(desk, reference="F3", **{**fee, "amount_fen": None})
        too_much = await move(desk, reference="F4", **{**fee, "amount_fen": 25000})

        assert (answer.status_code, answer.json()["clause"], answer.json()["days"]) == (201, None, [])
        assert [one.status_code for one in (nameless, all_of_it, too_much)] == [422, 422, 409]
        assert await open_days(desk) == {"12-01": 24850}
        back = await desk.http.post(
            f"/v1/movements/{answer.json()['movement_id']}/reversal",
            json={"business_at": "2019-12-01T23:59:30+08:00", "reference": "F1-R"},
        )
        assert (back.status_code, await open_days(desk)) == (201, {"12-01": 25000})
        await adds_up(desk)

    async def test_lies_on_the_way_of_the_money_where_no_step_begins(self, desk):
        await desk.send(paid(1, on("2019-12-01")), fee_kept(150, on("2019-12-01T23:59:59")))

        (rests,) = (await desk.http.get("/v1/money-path", params=BOOKS, headers=LATER)).json()["at_rest"]

        assert (rests["account"], rests["balance_fen"], rests["oldest_on"]) == (
            "channel_fee:tax",
            150,
            "2019-12-01",
        )


class TestACorrection:
    async def test_says_which_days_a_slip_pays_and_why_and_keeps_what_was_said_before(self, desk):
        await desk.send(paid(1, on("2019-12-01")), paid(2, on("2019-12-02")))
        movement_id = (await move(desk, **slip(1, 25000))).json()["movement_id"]
        address = f"/v1/movements/{movement_id}/days"
        said = {
            "channel": "tax",
            "days": [{"on": "2019-12-02", "amount_fen": 25000}],
            "reason": "回单附言为12月2日，经办人350426199001011234",
        }

        answer, again = [
            await desk.http.post(address, json=said, headers={"idempotency-key": '"k1"'}) for _ in range(2)
        ]

        assert (answer.status_code, again.json()) == (200, answer.json())
        found = (await desk.http.get(address)).json()["items"]
        assert [(one["match_no"], one["how"], one["days"][0]["on"]) for one in found] == [
            (1, "day", "2019-12-01"),
            (2, "named", "2019-12-02"),
        ]
        assert found[1]["reason"].startswith("回单附言为12月2日")
        assert "199001011234" not in str(found)
        assert await open_days(desk) == {"12-01": 25000}
        with pytest.raises(Exception, match="only ever grows"):
            await desk.run("UPDATE slip_days SET amount_fen = 1")

    async def test_that_does_not_add_up_or_is_about_another_channel_is_refused(self, desk):
        await desk.send(paid(1, on("2019-12-01")))
        movement_id = (await move(desk, **slip(1, 25000))).json()["movement_id"]
        address = f"/v1/movements/{movement_id}/days"
        said = {"channel": "tax", "days": [{"on": "2019-12-01", "amount_fen": 24000}], "reason": "误"}

        less = await desk.http.post(address, json=said)
        other = await desk.http.post(address, json={**said, "channel": "wechat"})
        none = await desk.http.post("/v1/movements/99/days", json=said)

        assert (less.status_code, less.json()["amount_fen"]) == (422, 25000)
        assert other.json()["type"] == "urn:canbao:problem:slip-pays-no-days"
        assert none.status_code == 404

    async def test_is_for_whose_step_it_is_and_not_for_readers(self, desk, client, signing_key):
        await desk.send(paid(1, on("2019-12-01")))
        movement_id = (await move(desk, **slip(1, 25000))).json()["movement_id"]
        said = {"channel": "tax", "days": [{"on": "2019-12-01", "amount_fen": 25000}], "reason": "误"}

        async def asked(scopes, division="*", department="tax"):
            token = signing_key.issue("somebody", scopes, division, department=department)
            caller = await client(desk.context, app=desk.app, token=token)
            return await caller.post(f"/v1/movements/{movement_id}/days", json=said)

        assert (await asked(["ledger:read"])).status_code == 403
        assert (await asked(["ledger:write"], "350428")).status_code == 403
        finance = await asked(["ledger:write"], department="finance")
        assert (finance.status_code, finance.json()["departments"]) == (403, ["tax"])
        assert (await asked(["ledger:write"])).status_code == 200


class TestDays:
    async def test_are_listed_in_pages(self, desk):
        await desk.send(*(paid(one, on(f"2019-12-{one:02d}")) for one in range(1, 6)))
        asked = {**BOOKS, "channel": "tax", "limit": 3}

        first = (await desk.http.get("/v1/channel-debts/days", params=asked)).json()
        rest = await desk.http.get("/v1/channel-debts/days", params={**asked, "after": first["next_after"]})

        assert (first["next_after"], [one["on"] for one in rest.json()["items"]]) == (
            "2019-12-03",
            ["2019-12-04", "2019-12-05"],
        )

    async def test_of_an_earlier_release_are_paid_in_turn(self, desk):
        await desk.send(paid(1, on("2019-12-01")), paid(2, on("2019-12-02")))
        await move(desk, **slip(1, 30000))
        await desk.run("ALTER TABLE slip_days DISABLE TRIGGER ALL")
        await desk.run("DELETE FROM slip_days")

        found = await days(desk)

        assert {day: (one["earlier_fen"], one["open_fen"]) for day, one in found.items()} == {
            "12-01": (25000, 0),
            "12-02": (5000, 20000),
        }
        await adds_up(desk)

    async def test_are_shown_to_nobody_of_another_county(self, desk, client, signing_key):
        await desk.send(paid(1, on("2019-12-01")))
        token = signing_key.issue("somebody", ["ledger:read"], "350428")
        caller = await client(desk.context, app=desk.app, token=token)

        for address in ("/v1/channel-debts", "/v1/channel-debts/days"):
            answer = await caller.get(
                address, params={**BOOKS, "channel": "tax"} if "days" in address else BOOKS
            )
            assert answer.status_code == 403

    async def test_add_up_in_the_books_of_no_county_too(self, desk):
        await desk.send(suspended(70, on("2019-12-01"), county=None, coverage_year=None))

        async with desk.context.engine.connect() as conn:
            (found,) = (await store.debts(conn, Season("", 0)))["tax"]

        assert (found.day.isoformat(), found.open_fen) == ("2019-12-01", 25000)
