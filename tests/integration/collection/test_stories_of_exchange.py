"""What is exchanged of payments, in whole files, by itself each day, and what happens when nobody answers."""

import asyncio
from datetime import datetime, timedelta

import pytest

from canbao.simulator.exchange_party import ExchangeParty
from libs.common.clock import SHANGHAI
from libs.common.setbacks import SetBack
from services.collection.exchange import runs_store
from services.collection.exchange.alarming import see_to_exchange
from services.collection.exchange.rules import Daily
from services.collection.exchange.scheduling import make_due
from tests.integration.collection.conftest import NOW, OPENS, PRICE, season
from tests.integration.collection.exchange_sides import PATH, die, key


class TestPayments:
    async def test_are_confirmed_line_by_line(self, sides):
        counter = sides.counter
        await counter.tell(*(counter.assessed(person) for person in (1, 2, 3)))
        payment = await counter.pay("T-1", 1, 2)
        assert [line["confirmation"] for line in payment["lines"]] == [None, None]
        batch = await sides.made("bureau", "payment")
        number = f"P{payment['payment_id']:010d}"
        told = await sides.rows(batch)
        assert [(row["number"], row["amount_fen"]) for row in told] == [
            (f"{number}-1", PRICE),
            (f"{number}-2", PRICE),
        ]
        assert told[0]["content"]["levy_no"] == "L0000001001" and told[0]["content"]["state"] == "paid"
        await sides.answer(batch, f"{number}-1,accepted,,", f"{number}-2,refused,101,人员编号不存在")
        shown = (await counter.payment(payment["payment_id"]))["lines"]
        assert shown[0]["confirmation"] == {
            "batch_no": 1,
            "state": "accepted",
            "sent_at": "2019-11-20T10:00:00+08:00",
            "answered_at": "2019-11-20T10:00:00+08:00",
            "code": None,
        }
        assert (shown[1]["confirmation"]["state"], shown[1]["confirmation"]["code"]) == ("refused", "101")
        (case,) = await sides.cases(kind="exchange_row_refused")
        assert (case["owner"], case["evidence"]["payment_id"]) == ("tax_officer", payment["payment_id"])

    async def test_by_a_decision_or_after_a_refund_are_special_ones(self, sides):
        counter = sides.counter
        await counter.tell(counter.assessed(1), counter.assessed(2))
        await counter.pay("T-1", 1)
        first = await sides.made("bureau", "payment")
        payment_id = (await sides.rows(first))[0]["payment_id"]
        await counter.tell(counter.refunded(payment_id, 1, "paid", withdraws=True))
        refund = await sides.made("bureau", "refund")
        (row,) = await sides.rows(refund)
        assert (row["amount_fen"], row["content"]["left_fen"], row["content"]["state"]) == (PRICE, 0, "ended")
        (due,) = [row for row in await sides.rows(await sides.made()) if row["content"]["basis"] == "special"]
        assert (due["number"], due["amount_fen"]) == ("L0000001001", PRICE)
        later = NOW + timedelta(days=31)
        await counter.pay("T-2", 1, paid_at=later, at=later)
        assert (await sides.ask("bureau", "payment")).status_code == 409
        special = await sides.made("bureau", "special_payment")
        assert [row["person_id"] for row in await sides.rows(special)] == [1]
        assert (await sides.ask("bureau", "special_payment")).status_code == 409

    async def test_tell_where_somebodys_year_stands(self, sides):
        counter = sides.counter
        await counter.tell(counter.assessed(1), counter.assessed(2), counter.assessed(3))
        await counter.tell(counter.granted(2, NOW))
        await counter.pay("T-1", 3)
        batch = await sides.made("bureau", "status")
        states = {row["person_id"]: row["content"]["state"] for row in await sides.rows(batch)}
        assert states == {1: "owed", 2: "exempt", 3: "paid"}


class TestFiles:
    @pytest.mark.parametrize("profile", ["exchange-csv", "exchange-package"])
    async def test_are_the_same_each_time_and_play_a_season_with_both_parties(self, sides, profile):
        counter = sides.counter
        people = {str(person) for person in (1, 2, 3)}
        tax, bureau = ExchangeParty(people), ExchangeParty(people - {"2"})
        await counter.tell(*(counter.assessed(person) for person in (1, 2, 3)))
        await self.exchanged(sides, tax, "due", profile)
        await counter.tell(
            counter.assessed(2, revision=2, schedule=season(20_000), at=OPENS + timedelta(days=9))
        )
        assert await self.exchanged(sides, tax, "due", profile) == {"accepted": 1, "refused": 0}
        assert tax.batches == [1, 2] and set(tax.held) == {f"L000000100{one}" for one in (1, 2, 3)}
        await counter.pay("T-1", 1)
        await counter.pay_part("T-2", 2, 20_000)
        assert await self.exchanged(sides, bureau, "payment", profile) == {"accepted": 1, "refused": 1}
        (case,) = await sides.cases(kind="exchange_row_refused")
        assert case["evidence"]["words"] == "人员编号不存在"
        bureau.people = people
        await counter.http.post(
            f"/v1/cases/{case['case_id']}/decision",
            json={"step": "send_again", "reason": "医保已补录"},
            headers=key(),
        )
        assert await self.exchanged(sides, bureau, "payment", profile) == {"accepted": 1, "refused": 0}
        lines = (await counter.payment(case["evidence"]["payment_id"]))["lines"]
        assert [line["confirmation"]["state"] for line in lines] == ["accepted"]
        assert (await sides.ask("bureau", "payment", profile=profile)).status_code == 409

    async def exchanged(self, sides, party, kind, profile):
        name = "collector" if kind == "due" else "bureau"
        batch = await sides.made(name, kind, profile=profile)
        machine, path = sides.machines[name], f"{PATH}/{batch['batch_id']}"
        first, second = [(await machine.get(f"{path}/file")) for _ in range(2)]
        assert first.content == second.content
        answer = await machine.post(f"{path}/answers", content=party.answer(first.content), headers=key())
        assert answer.status_code == 200, answer.text
        return {outcome: answer.json()[outcome] for outcome in ("accepted", "refused")}

    async def test_stay_what_they_were_whatever_becomes_of_people_and_layouts(self, sides):
        counter = sides.counter
        await counter.tell(counter.assessed(1))
        batch = await sides.made()
        path = f"{PATH}/{batch['batch_id']}/file"
        before = (await sides.officer.get(path)).content
        assert before.startswith(b"# batch_no=1 county=350426 coverage_year=2020 kind=due count=1 total_fen=")
        await counter.pay("T-1", 1)
        assert (await sides.officer.get(path)).content == before


DAILY = {"youxi": {"collector": Daily(profile="exchange-csv", at="18:00")}}


class TestEachDay:
    @pytest.fixture
    def daily(self, sides):
        object.__setattr__(sides.counter.context.parts, "exchanges", DAILY)
        return sides

    async def at(self, sides, hour, day=20):
        when = datetime(2019, 11, day, hour, tzinfo=SHANGHAI)
        await make_due(sides.counter.context, when)

    async def test_batches_are_made_once_from_their_hour_on(self, daily):
        counter = daily.counter
        await counter.tell(counter.assessed(1))
        await self.at(daily, 17)
        assert await counter.count("exchange_batches") == 0
        await self.at(daily, 18)
        await counter.tell(counter.assessed(2))
        await self.at(daily, 20)
        assert await counter.count("exchange_batches") == 1
        await self.at(daily, 18, day=21)
        await self.at(daily, 18, day=22)
        rows = await counter.rows("SELECT run_on, batches FROM exchange_runs ORDER BY run_on")
        assert [(row.run_on.day, row.batches) for row in rows] == [(20, 1), (21, 1), (22, 0)]

    async def test_a_day_that_broke_off_is_made_whole_later(self, daily, monkeypatch):
        counter = daily.counter
        await counter.tell(counter.assessed(1))
        with monkeypatch.context() as patch:
            patch.setattr(runs_store, "note_run", die)
            with pytest.raises(SetBack):
                await self.at(daily, 18)
        assert await counter.count("exchange_batches") == await counter.count("exchange_runs") == 0
        await asyncio.gather(*(self.at(daily, 19) for _ in range(4)))
        rows = await counter.rows("SELECT batch_no, row_count, made_by FROM exchange_batches")
        assert [(row.batch_no, row.row_count, row.made_by) for row in rows] == [(1, 1, "canbao")]


class TestSilence:
    async def test_is_told_after_three_workdays_until_somebody_answers(self, sides):
        """Wednesday, the 20th of November: three workdays later it is Monday, and late on Tuesday."""
        await sides.counter.tell(sides.counter.assessed(1))
        batch = await sides.made()
        assert await self.told(sides, 25) == []
        (alert,) = await self.told(sides, 26)
        assert alert["evidence"]["due_on"] == "2019-11-25" and alert["evidence"]["rows"] == 1
        await sides.answer(batch, "L0000001001,accepted,,")
        assert await self.told(sides, 27) == []

    async def told(self, sides, day):
        async with sides.counter.context.engine.begin() as conn:
            await see_to_exchange(conn, datetime(2019, 11, day, 9, tzinfo=SHANGHAI), 3)
        return await sides.cases(kind="exchange_unanswered")
