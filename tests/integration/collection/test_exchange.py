"""What is exchanged with the collector and the bureau: batches of what changed, answers row by row."""

import asyncio
from datetime import datetime, timedelta

import pytest

from libs.common.clock import SHANGHAI
from services.collection.exchange import store
from tests.integration.collection.conftest import NOW, OPENS, PRICE, season
from tests.integration.collection.exchange_sides import PATH, die, key


class TestDues:
    async def test_go_out_once_and_again_only_where_something_changed(self, sides):
        counter = sides.counter
        await counter.tell(*(counter.assessed(person) for person in (1, 2, 3)))
        first = await sides.made()
        assert (first["batch_no"], first["row_count"], first["total_fen"]) == (1, 3, 3 * PRICE)
        told = (await sides.rows(first))[0]
        assert told["number"] == "L0000001001" and told["state"] == "sent"
        assert len(told["content"].pop("identity")) == 12
        assert told["content"] == {
            "person_no": "1",
            "coverage_year": 2020,
            "division_code": "350426101203",
            "masked_name": "林*",
            "number_ends": None,
            "state": "owed",
            "tier": None,
            "amount_fen": PRICE,
            "pay_from": "2019-08-26T00:00:00+08:00",
            "pay_until": "2020-01-01T00:00:00+08:00",
            "basis": "regular",
        }
        again = await sides.ask()
        assert (again.status_code, again.json()["type"].rsplit(":")[-1]) == (409, "exchange-nothing-changed")
        await counter.tell(
            counter.assessed(2, revision=2, schedule=season(20_000), at=OPENS + timedelta(days=9))
        )
        second = await sides.made()
        assert (second["batch_no"], second["row_count"], second["total_fen"]) == (2, 1, 20_000)
        await counter.pay("T-1", 1)
        await counter.tell(counter.cancelled(3, NOW))
        third = await sides.made()
        assert [(row["content"]["state"], row["amount_fen"]) for row in await sides.rows(third)] == [
            ("paid", 0),
            ("ended", 0),
        ]

    async def test_tell_a_price_that_comes_with_the_day_when_it_has_come(self, sides):
        await sides.counter.tell(sides.counter.assessed(1))
        await sides.made()
        later = await sides.made(at=datetime(2020, 1, 2, 9, tzinfo=SHANGHAI))
        (row,) = await sides.rows(later)
        assert (row["amount_fen"], row["content"]["pay_from"]) == (28_000, "2020-01-01T00:00:00+08:00")
        over = await sides.made(at=datetime(2020, 3, 2, 9, tzinfo=SHANGHAI))
        assert [row["content"]["state"] for row in await sides.rows(over)] == ["ended"]

    async def test_say_nothing_of_what_was_over_before_anybody_was_told(self, sides):
        counter = sides.counter
        await counter.tell(counter.assessed(1), counter.assessed(2))
        await counter.tell(counter.cancelled(1, NOW))
        await counter.pay("T-1", 2)
        assert (await sides.ask()).status_code == 409
        assert await counter.count("exchange_batches") == 0

    async def test_have_numbers_without_gaps_by_party_and_a_key_makes_one_batch(self, sides):
        counter = sides.counter
        await counter.tell(counter.assessed(1))
        wanted = {"county": "youxi", "coverage_year": 2020, "party": "collector", "kind": "due"}
        same = key()
        answers = [await sides.officer.post(PATH, json=wanted, headers=same) for _ in range(2)]
        assert [one.status_code for one in answers] == [201, 201]
        assert answers[0].json() == answers[1].json() and "canbao-repeated" in answers[1].headers
        for _ in range(3):
            assert (await sides.ask()).status_code == 409
        status = await sides.made("bureau", "status")
        await counter.tell(counter.assessed(2))
        assert (status["batch_no"], (await sides.made())["batch_no"]) == (1, 2)

    async def test_of_a_batch_that_broke_off_leave_nothing_and_go_whole_with_the_next(
        self, sides, monkeypatch
    ):
        counter = sides.counter
        await counter.tell(counter.assessed(1))
        for broken in ("add_changed", "sent_anew"):
            with monkeypatch.context() as patch:
                patch.setattr(store, broken, die)
                assert (await sides.ask()).status_code == 500
            assert await counter.count("exchange_batches") == 0
            assert await counter.count("exchange_rows") == 0
        assert (await sides.made())["batch_no"] == 1
        assert (await sides.ask()).status_code == 409

    async def test_made_at_once_are_made_once(self, sides):
        await sides.counter.tell(*(sides.counter.assessed(person) for person in range(1, 30)))
        answers = await asyncio.gather(*(sides.ask() for _ in range(6)))
        assert sorted(one.status_code for one in answers) == [201, 409, 409, 409, 409, 409]
        assert await sides.counter.count("exchange_rows") == 29


class TestAnswers:
    @pytest.fixture
    async def batch(self, sides):
        await sides.counter.tell(*(sides.counter.assessed(person) for person in (1, 2, 3)))
        return await sides.made()

    async def test_count_row_by_row_and_the_same_file_once(self, sides, batch):
        lines = ["L0000001001,accepted,,", "L0000001002,refused,101,人员 350426198001010026 不存在"]
        first = await sides.answer(batch, *lines)
        assert first.json() == {
            "batch_id": batch["batch_id"],
            "accepted": 1,
            "refused": 1,
            "contradictions": 0,
            "repeated": False,
        }
        assert (await sides.answer(batch, *lines)).json()["repeated"]
        rows = await sides.rows(batch)
        assert [(row["state"], row["code"]) for row in rows] == [
            ("accepted", None),
            ("refused", "101"),
            ("sent", None),
        ]
        assert "350426198001010026" not in str(rows) and "不存在" in rows[1]["words"]
        (case,) = await sides.cases(kind="exchange_row_refused")
        assert (case["subject"], case["owner"], case["person_id"]) == (
            "exchange/collector/due/L0000001002",
            "medical_insurance_officer",
            2,
        )
        seen = (await sides.officer.get(f"{PATH}/{batch['batch_id']}")).json()
        assert (seen["row_count"], seen["accepted"], seen["refused"]) == (3, 1, 1)

    async def test_refused_goes_again_when_it_changed_and_its_case_closes(self, sides, batch):
        await sides.answer(batch, "L0000001002,refused,101,")
        assert (await sides.ask()).status_code == 409
        counter = sides.counter
        await counter.tell(
            counter.assessed(2, revision=2, schedule=season(20_000), at=OPENS + timedelta(days=9))
        )
        second = await sides.made()
        assert [row["number"] for row in await sides.rows(second)] == ["L0000001002"]
        assert await sides.cases(kind="exchange_row_refused") == []
        await sides.answer(second, "L0000001002,accepted,,")
        assert (await sides.ask()).status_code == 409

    async def test_refused_goes_again_as_it_is_where_an_officer_says_so(self, sides, batch):
        await sides.answer(batch, "L0000001002,refused,101,")
        (case,) = await sides.cases(kind="exchange_row_refused")
        decided = await sides.counter.http.post(
            f"/v1/cases/{case['case_id']}/decision",
            json={"step": "send_again", "reason": "对方已补录该人员"},
            headers=key(),
        )
        assert decided.status_code == 200, decided.text
        second = await sides.made()
        (row,) = await sides.rows(second)
        assert (row["number"], row["amount_fen"]) == ("L0000001002", PRICE)
        assert (await sides.ask()).status_code == 409

    async def test_of_a_refusal_what_stood_before_is_known_still(self, sides, batch):
        """The dearer due was refused; as it is the first again, the party knows it, and nothing goes."""
        counter = sides.counter
        await sides.answer(batch, *(f"L000000100{person},accepted,," for person in (1, 2, 3)))
        await counter.tell(
            counter.assessed(2, revision=2, schedule=season(20_000), at=OPENS + timedelta(days=9))
        )
        second = await sides.made()
        await sides.answer(second, "L0000001002,refused,300,")
        await counter.tell(counter.assessed(2, revision=3, at=OPENS + timedelta(days=10)))
        assert (await sides.ask()).status_code == 409

    async def test_that_contradict_the_first_word_are_kept_apart(self, sides, batch):
        await sides.answer(batch, "L0000001001,accepted,,")
        second = await sides.answer(batch, "L0000001001,refused,205,已关账", "L0000001002,accepted,,")
        assert (second.json()["accepted"], second.json()["contradictions"]) == (1, 1)
        assert [row["state"] for row in await sides.rows(batch)] == ["accepted", "accepted", "sent"]
        (case,) = await sides.cases(kind="exchange_contradiction")
        assert (case["evidence"]["said_before"], case["evidence"]["says_now"]) == ("accepted", "refused")
        await sides.counter.http.post(
            f"/v1/cases/{case['case_id']}/decision",
            json={"step": "take_word", "reason": "对方来函更正"},
            headers=key(),
        )
        (row, *_) = await sides.rows(batch)
        assert (row["state"], row["code"]) == ("refused", "205")
        (refused,) = await sides.cases(kind="exchange_row_refused")
        assert refused["evidence"]["words"] == "已关账"

    @pytest.mark.parametrize(
        ("lines", "changes", "pointer"),
        [
            (["L0000001009,accepted,,"], {}, "#/lines/3"),
            (["L0000001001,accepted,,", "L0000001001,refused,1,"], {}, "#/lines/4"),
            (["L0000001001,maybe,,"], {}, "#/lines/3"),
            ([",accepted,,"], {}, "#/lines/3"),
            (["L0000001001,accepted,,"], {"count": 2}, "#/file"),
            (["L0000001001,accepted,,"], {"batch_no": 7}, "#/file"),
        ],
    )
    async def test_with_a_fault_count_not_at_all(self, sides, batch, lines, changes, pointer):
        answer = await sides.answer(batch, *lines, **changes)
        assert answer.status_code == 422, answer.text
        assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
        assert {row["state"] for row in await sides.rows(batch)} == {"sent"}
        assert await sides.counter.count("exchange_answers") == 0

    async def test_are_given_by_the_party_alone_and_seen_by_it_alone(self, sides, batch, client):
        refused = await sides.answer(batch, "L0000001001,accepted,,", by="bureau")
        assert (refused.status_code, refused.json()["required_scope"]) == (403, "exchange:collector")
        path = f"{PATH}/{batch['batch_id']}"
        bureau, collector = sides.machines["bureau"], sides.machines["collector"]
        assert [(await bureau.get(f"{path}{tail}")).status_code for tail in ("", "/rows", "/file")] == [
            403
        ] * 3
        assert (await bureau.get(PATH)).json()["items"] == []
        assert [one["batch_id"] for one in (await collector.get(PATH)).json()["items"]] == [batch["batch_id"]]
        wanted = {"county": "youxi", "coverage_year": 2020, "party": "collector", "kind": "due"}
        assert (await collector.post(PATH, json=wanted, headers=key())).status_code == 403
        township = await client(
            sides.counter.context, scopes=["exchange:write"], subject="township", division="350426101",
            app=sides.counter.http._transport.app,
        )  # fmt: skip
        assert (await township.get(path)).status_code == 403
        assert (await township.post(PATH, json=wanted, headers=key())).status_code == 403
        assert (await township.get(PATH)).json()["items"] == []

    async def test_to_no_such_batch_layout_kind_or_county_are_refused_by_name(self, sides, batch):
        nobody = await sides.answer(batch | {"batch_id": 99}, "L0000001001,accepted,,")
        assert nobody.status_code == 404
        for changes, status in (
            ({"profile": "none"}, 422),
            ({"kind": "refund"}, 422),
            ({"county": "atlantis"}, 404),
            ({"county": "dongan"}, 403),
        ):
            assert (await sides.ask(**changes)).status_code == status, changes
