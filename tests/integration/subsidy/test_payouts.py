"""Payouts go to cards in batches, banks answer, and no sum is paid twice."""

import asyncio

import pytest

from canbao.migrate import migrate_database
from libs.common.events.subsidy import PayoutSettled, SubsidyRevoked

from .conftest import aid


async def reimbursed(season, *people: int, cards: bool = True) -> None:
    """People who paid in full and are owed 20,000 fen each, on their cards."""
    await season.send(*(season.assessed(p, aid=[aid()]) for p in people))
    await season.send(*(season.paid(p, aid=[aid()]) for p in people))
    if cards:
        await season.cards(*(season.card(p) for p in people))


def number(payout_id: int, attempt: int = 1) -> str:
    return f"P{payout_id:010d}-{attempt:02d}"


async def settled(season) -> list[tuple]:
    return [
        (f.payout_id, f.attempt, f.outcome) for f in await season.published() if isinstance(f, PayoutSettled)
    ]


class TestBatch:
    async def test_declares_what_its_file_contains(self, season):
        await reimbursed(season, 1, 2, 3)
        batch = await season.batch()
        answer = await season.ask("GET", f"/v1/payout-batches/{batch['batch_id']}/file")

        assert (batch["declared_count"], batch["declared_total_fen"]) == (3, 60_000)
        lines = answer.text.split("\r\n")
        assert lines[1] == "# count=3 total_fen=60000"
        assert lines[3].startswith(f"{number(1)},6221550000000000001,张三,农商银行,20000,")
        assert {row[-1] for row in await season.payouts()} == {"sent"}

    async def test_leaves_out_who_has_no_account_and_takes_them_once_there_is_one(self, season):
        await reimbursed(season, 1, 2, cards=False)
        await season.cards(season.card(1))
        assert (await season.batch())["declared_count"] == 1

        waiting = await season.ask("GET", "/v1/payouts?state=waiting_card")
        assert [(p["person_id"], p["reason"]) for p in waiting["items"]] == [(2, "no_account")]

        assert (await season.cards(season.card(2)))["payouts_ready"] == 1
        assert (await season.batch())["declared_count"] == 1

    async def test_of_nothing_is_refused(self, season):
        problem = await season.batch(expect=409)

        assert problem["type"] == "urn:canbao:problem:nothing-to-pay-out"
        assert await season.rows("SELECT * FROM batches") == []

    async def test_two_instances_at_once_take_every_payout_once(self, season):
        await reimbursed(season, *range(1, 41))
        await season.verified()
        instances = [await season.instance() for _ in range(4)]
        body = {"county": "huining", "coverage_year": 2021}
        answers = await asyncio.gather(*(http.post("/v1/payout-batches", json=body) for http in instances))

        made = [a.json() for a in answers if a.status_code == 201]
        assert {a.status_code for a in answers} <= {201, 409}
        assert sum(batch["declared_count"] for batch in made) == 40
        assert await season.rows("SELECT count(*), count(DISTINCT payout_id) FROM attempts") == [(40, 40)]

    async def test_keeps_the_account_as_it_was_sent(self, season):
        await reimbursed(season, 1)
        batch = await season.batch()
        await season.cards(season.card(1, account=999))
        answer = await season.ask("GET", f"/v1/payout-batches/{batch['batch_id']}/file")

        assert "6221550000000000001" in answer.text

    async def test_of_a_township_takes_only_its_people(self, season):
        await reimbursed(season, 1)
        await season.send(season.paid(2, aid=[aid()]))
        await season.cards(season.card(2))
        elsewhere = await season.client(division="620422999")
        await season.batch(expect=409, http=elsewhere)
        here = await season.client(division="620422101")

        assert (await season.batch(http=here))["declared_count"] >= 1


class TestResults:
    async def test_paid_failed_and_returned_are_told_to_others(self, season):
        await reimbursed(season, 1, 2, 3)
        batch = await season.batch()
        answer = await season.results(
            batch["batch_id"],
            (number(1), "paid", 20_000, ""),
            (number(2), "failed", 20_000, "户名不符"),
            (number(3), "returned", 20_000, "销户"),
        )

        assert answer["paid"] == {"count": 1, "amount_fen": 20_000}
        assert await settled(season) == [(1, 1, "paid"), (2, 1, "failed"), (3, 1, "paid"), (3, 1, "returned")]
        assert [row[-1] for row in await season.payouts()] == ["paid", "needs_card", "needs_card"]
        assert {fact.reason for fact in await season.published() if isinstance(fact, PayoutSettled)} == {None}
        told = (await season.ask("GET", "/v1/payouts"))["items"]
        assert [payout["reason"] for payout in told] == [None, "户名不符", "销户"]
        state = await season.ask("GET", f"/v1/payout-batches/{batch['batch_id']}")
        assert {name: part["count"] for name, part in state["progress"].items()} == {
            "paid": 1, "failed": 1, "returned": 1,
        }  # fmt: skip

    async def test_the_same_file_again_gets_the_same_answer_and_does_nothing(self, season):
        await reimbursed(season, 1)
        batch = await season.batch()
        first = await season.results(batch["batch_id"], (number(1), "paid", 20_000, ""))
        again = await season.results(batch["batch_id"], (number(1), "paid", 20_000, ""), days=9)

        assert again == first | {"repeated": True}
        assert await settled(season) == [(1, 1, "paid")]

    async def test_the_same_file_sent_at_once_counts_once(self, season):
        await reimbursed(season, *range(1, 11))
        batch = await season.batch()
        content = "# count=10 total_fen=200000\npayout_no,outcome,amount_fen,reason\n" + "".join(
            f"{number(n)},paid,20000,\n" for n in range(1, 11)
        )
        instances = [await season.instance() for _ in range(4)]
        path = f"/v1/payout-batches/{batch['batch_id']}/results"
        answers = await asyncio.gather(*(http.post(path, content=content) for http in instances))

        assert [answer.status_code for answer in answers] == [200] * 4
        assert sorted(answer.json()["repeated"] for answer in answers) == [False, True, True, True]
        assert len(await settled(season)) == 10

    @pytest.mark.parametrize(
        ("lines", "false", "pointer"),
        [
            ([(number(1), "paid", 19_999, "")], {}, "#/lines/3"),
            ([(number(9), "paid", 20_000, "")], {}, "#/lines/3"),
            ([(number(1), "paid", 20_000, ""), (number(1), "paid", 20_000, "")], {}, "#/lines/4"),
            ([(number(1), "paid", 20_000, "")], {"count": 2}, "#/header"),
            ([(number(1), "paid", 20_000, "")], {"total": 1}, "#/header"),
        ],
    )
    async def test_a_file_that_does_not_fit_changes_nothing(self, season, lines, false, pointer):
        await reimbursed(season, 1, 2)
        batch = await season.batch()
        lines = [(number(2), "paid", 20_000, ""), *lines] if pointer == "#/nothing" else lines
        problem = await season.results(batch["batch_id"], *lines, expect=422, **false)

        assert problem["type"].endswith("result-file-refused")
        assert [fault["pointer"] for fault in problem["errors"]] == [pointer]
        assert [row[-1] for row in await season.payouts()] == ["sent", "sent"]
        assert await settled(season) == []

    async def test_a_paid_payout_can_only_come_back(self, season):
        await reimbursed(season, 1)
        batch = await season.batch()
        await season.results(batch["batch_id"], (number(1), "paid", 20_000, ""))
        against = await season.results(batch["batch_id"], (number(1), "failed", 20_000, ""))
        assert (against["contradictions"], (await cases(season))[0]["kind"]) == (1, "bank_contradiction")
        await season.results(batch["batch_id"], (number(1), "returned", 20_000, "销户"), days=8)

        assert await settled(season) == [(1, 1, "paid"), (1, 1, "returned")]
        (attempt,) = (await season.ask("GET", "/v1/payouts/1"))["attempts"]
        assert (attempt["outcome"], attempt["reason"]) == ("returned", "销户")
        said = attempt["answers"]
        assert [(one["outcome"], one["reason"], one["counts"]) for one in said] == [
            ("paid", None, True), ("failed", None, False), ("returned", "销户", True),
        ]  # fmt: skip
        assert said[0]["answered_at"] < said[2]["answered_at"] == attempt["settled_at"]
        files = dict(await season.rows("SELECT sha256, received_by FROM result_files"))
        assert [files[one["file_sha256"]] for one in said] == [one["received_by"] for one in said]
        assert len({one["file_sha256"] for one in said}) == 3
        person = await season.ask("GET", "/v1/persons/1/subsidies")
        assert person["payouts"][0]["attempts"] == [attempt]

    async def test_what_the_bank_says_again_in_another_file_is_kept_and_does_nothing(self, season):
        await reimbursed(season, 1, 2)
        batch = await season.batch()
        first, second = ((number(one), "paid", 20_000, "") for one in (1, 2))
        await season.results(batch["batch_id"], first)
        (before,) = (await season.ask("GET", "/v1/payouts/1"))["attempts"]
        again = await season.results(batch["batch_id"], first, second, days=8)
        assert (again["paid"]["count"], again["repeated"]) == (2, False)
        same = await season.results(batch["batch_id"], first, second, days=9)
        assert same["repeated"]

        (attempt,) = (await season.ask("GET", "/v1/payouts/1"))["attempts"]
        said = attempt["answers"]
        assert [(one["outcome"], one["counts"]) for one in said] == [("paid", True)] * 2
        files = await season.rows("SELECT sha256 FROM result_files ORDER BY received_at")
        assert [(one["file_sha256"],) for one in said] == files
        assert attempt | {"answers": said[:1]} == before
        assert await settled(season) == [(1, 1, "paid"), (2, 1, "paid")]
        assert await cases(season) == []

    async def test_of_what_was_settled_before_an_upgrade_the_last_word_is_known(self, season):
        await reimbursed(season, 1)
        batch = await season.batch()
        await season.results(batch["batch_id"], (number(1), "paid", 20_000, ""))
        await season.results(batch["batch_id"], (number(1), "returned", 20_000, "销户"), days=8)
        async with season.context.engine.begin() as conn:
            await conn.exec_driver_sql("DROP TABLE attempt_answers")
            await conn.exec_driver_sql("UPDATE alembic_version SET version_num = '0038'")
        await migrate_database("subsidy", season.context.settings.database_url)

        (attempt,) = (await season.ask("GET", "/v1/payouts/1"))["attempts"]
        (said,) = attempt["answers"]
        assert (said["outcome"], said["reason"], said["answered_at"]) == (
            "returned", "销户", attempt["settled_at"],
        )  # fmt: skip
        assert (said["file_sha256"], said["received_by"]) == (None, None)

    async def test_a_payout_is_told_to_its_own_division_and_the_lookup_kept(self, season):
        await reimbursed(season, 1)
        assert (await season.ask("GET", "/v1/payouts/1"))["attempts"] == []
        await season.ask("GET", "/v1/payouts/99", expect=404)
        await season.ask("GET", "/v1/payouts/1", expect=403, http=await season.client(division="620422999"))
        looked = await season.rows("SELECT person_id FROM person_lookups WHERE operation = 'get_payout'")
        assert looked == [(1,)]

    async def test_without_an_answer_a_payout_is_not_sent_again(self, season):
        await reimbursed(season, 1, 2)
        batch = await season.batch()
        await season.results(batch["batch_id"], (number(1), "paid", 20_000, ""))
        await season.cards(season.card(2, account=77))
        await season.ask("POST", "/v1/payouts/2/retry", expect=409)

        await season.batch(expect=409)
        assert [row[-1] for row in await season.payouts()] == ["paid", "sent"]


async def cases(season):
    """The open cases."""
    return (await season.ask("GET", "/v1/cases"))["items"]


class TestListsOfBanks:
    """What banks answer in layouts of their own, and lists about several batches."""

    @staticmethod
    def returned(*payouts: int, total: str = "") -> bytes:
        rows = "".join(f"{number(one)},200.00,销户\n" for one in payouts)
        total = total or f"{200 * len(payouts)}.00"
        text = f"农商银行退汇清单\n原流水号,退汇金额,退汇原因\n{rows}合计,{len(payouts)},{total}\n"
        return text.encode("gb18030")

    @staticmethod
    async def send(season, content: bytes, path: str, expect: int = 200, days: float = 40, http=None):
        headers = {"content-type": "text/csv"}
        return await season.ask(
            "POST", path, content=content, days=days, expect=expect, headers=headers, http=http
        )

    LIST = "/v1/payout-results?county=huining&profile=returned-list"

    async def paid_in_two_batches(self, season) -> None:
        await reimbursed(season, 1, 2, 3, cards=False)
        for people in ((1, 2), (3,)):
            await season.cards(*map(season.card, people))
            batch = await season.batch()
            await season.results(batch["batch_id"], *((number(one), "paid", 20_000, "") for one in people))

    async def test_money_that_came_back_weeks_later_goes_to_the_batches_in_which_it_was_sent(self, season):
        await self.paid_in_two_batches(season)
        answer = await self.send(season, self.returned(1, 3), self.LIST)

        assert [(one["batch_id"], one["returned"], one["repeated"]) for one in answer["batches"]] == [
            (1, {"count": 1, "amount_fen": 20_000}, False),
            (2, {"count": 1, "amount_fen": 20_000}, False),
        ]
        assert [row[-1] for row in await season.payouts()] == ["needs_card", "paid", "needs_card"]
        told = await settled(season)
        again = await self.send(season, self.returned(1, 3), self.LIST, days=41)
        assert [one["repeated"] for one in again["batches"]] == [True, True]
        assert await settled(season) == told

    @pytest.mark.parametrize(
        ("payouts", "total", "pointer"),
        [
            ((1, 99), "", "#/lines/4"),
            ((1, 3), "399.00", "#/header"),
            ((1, 3), "x", "#/lines/1"),
            ((1, 3), "4.0.0", "#/lines/1"),
        ],
    )
    async def test_a_list_with_a_fault_changes_nothing(self, season, payouts, total, pointer):
        await self.paid_in_two_batches(season)
        problem = await self.send(season, self.returned(*payouts, total=total), self.LIST, expect=422)
        assert pointer in [one["pointer"] for one in problem["errors"]]
        assert [row[-1] for row in await season.payouts()] == ["paid"] * 3

    async def test_a_line_of_another_division_is_none_of_theirs(self, season):
        await self.paid_in_two_batches(season)
        other = await season.client(division="620422102")
        problem = await self.send(season, self.returned(1), self.LIST, expect=422, http=other)
        assert [one["pointer"] for one in problem["errors"]] == ["#/lines/3"]

    async def test_codes_of_a_bank_are_read_by_its_profile(self, season):
        await reimbursed(season, 1, 2)
        batch = await season.batch()
        rows = f"{number(1)}|6|张三|20000|资助|0000|成功\r\n{number(2)}|6|李四|20000|资助|9001|户名不符\r\n"
        path = f"/v1/payout-batches/{batch['batch_id']}/results?profile=daifa-pipe"
        answer = await self.send(season, f"P|2|40000\r\n{rows}########".encode("gb18030"), path)
        assert (answer["paid"]["count"], answer["failed"]["count"]) == (1, 1)
        assert [row[-1] for row in await season.payouts()] == ["paid", "needs_card"]

    async def test_a_layout_that_nobody_has_is_named_with_those_that_are(self, season):
        problem = await self.send(season, b"", "/v1/payout-results?county=huining&profile=none", expect=404)
        assert problem["profiles"] == ["daifa-pipe", "generic", "results-workbook", "returned-list"]


class TestRetry:
    async def test_a_corrected_card_brings_the_next_attempt(self, season):
        await reimbursed(season, 1)
        first = await season.batch()
        await season.results(first["batch_id"], (number(1), "failed", 20_000, "户名不符"))
        await season.batch(expect=409)
        assert (await season.cards(season.card(1)))["payouts_ready"] == 0
        assert (await season.cards(season.card(1, account=500)))["payouts_ready"] == 1

        second = await season.batch(days=10)
        exported = await season.ask("GET", f"/v1/payout-batches/{second['batch_id']}/file")
        assert f"{number(1, 2)},6221550000000000500" in exported.text
        await season.results(second["batch_id"], (number(1, 2), "paid", 20_000, ""), days=11)

        assert await settled(season) == [(1, 1, "failed"), (1, 2, "paid")]
        await season.results(first["batch_id"], (number(1), "paid", 20_000, ""), days=12)
        assert await settled(season) == [(1, 1, "failed"), (1, 2, "paid"), (1, 1, "paid")]
        (twice,) = await cases(season)
        assert (twice["kind"], twice["amount_fen"], twice["proposed"]) == ("paid_twice", 20_000, "recovered")

    @pytest.mark.parametrize("answer", ["failed", "returned"])
    async def test_what_an_earlier_attempt_paid_is_not_sent_a_third_time(self, season, answer):
        await reimbursed(season, 1)
        first = await season.batch()
        await season.results(first["batch_id"], (number(1), "failed", 20_000, "户名不符"))
        await season.cards(season.card(1, account=500))
        second = await season.batch(days=10)
        await season.results(first["batch_id"], (number(1), "paid", 20_000, ""), days=11)
        assert [case["kind"] for case in await cases(season)] == ["paid_twice"]
        await season.results(second["batch_id"], (number(1, 2), answer, 20_000, "销户"), days=12)

        assert [row[-1] for row in await season.payouts()] == ["paid"]
        assert await cases(season) == []
        await season.cards(season.card(1, account=600), days=13)
        await season.batch(days=14, expect=409)

    async def test_an_attempt_that_was_paid_after_all_stops_the_next_one(self, season):
        await reimbursed(season, 1)
        first = await season.batch()
        await season.results(first["batch_id"], (number(1), "failed", 20_000, "户名不符"))
        await season.cards(season.card(1, account=500))
        await season.results(first["batch_id"], (number(1), "paid", 20_000, ""), days=12)

        assert [row[-1] for row in await season.payouts()] == ["paid"]
        assert await cases(season) == []
        await season.batch(expect=409)

    async def test_the_other_lines_of_a_file_with_a_contradiction_count(self, season):
        await reimbursed(season, 1, 2)
        batch = await season.batch()
        await season.results(batch["batch_id"], (number(1), "failed", 20_000, "户名不符"))
        lines = ((number(1), "paid", 20_000, ""), (number(2), "paid", 20_000, ""))
        answer = await season.results(batch["batch_id"], *lines, days=9)

        assert (answer["contradictions"], [row[-1] for row in await season.payouts()]) == (
            1,
            ["paid", "paid"],
        )

    async def test_a_card_corrected_while_the_bank_was_at_work_is_used_at_once(self, season):
        await reimbursed(season, 1)
        batch = await season.batch()
        await season.cards(season.card(1, account=500))
        await season.results(batch["batch_id"], (number(1), "failed", 20_000, "户名不符"))

        assert [row[-1] for row in await season.payouts()] == ["ready"]

    async def test_an_operator_retries_the_same_card(self, season):
        await reimbursed(season, 1)
        batch = await season.batch()
        await season.results(batch["batch_id"], (number(1), "failed", 20_000, "系统繁忙"))
        retried = await season.ask("POST", "/v1/payouts/1/retry")
        assert (retried["state"], retried["reason"], retried["attempt"]) == ("ready", None, 1)

        assert (await season.batch(days=9))["declared_count"] == 1
        await season.ask("POST", "/v1/payouts/1/retry", expect=409)

    async def test_a_grant_that_ended_while_its_money_was_out_is_revoked_when_it_fails(self, season):
        await season.send(season.paid(1), season.assessed(1, revision=2, late=[aid()], days=4))
        await season.cards(season.card(1))
        batch = await season.batch()
        await season.send(season.assessed(1, revision=3, late=[], days=7))
        assert await season.active() == {(1, "county_finance", "reimburse_to_card", 20_000)}

        await season.results(batch["batch_id"], (number(1), "failed", 20_000, "户名不符"), days=8)
        assert await season.active() == set()
        assert [row[-1] for row in await season.payouts()] == ["cancelled"]
        assert isinstance((await season.published())[-1], SubsidyRevoked)

    async def test_a_revoked_grant_is_not_paid_out(self, season):
        await season.send(season.paid(1), season.assessed(1, revision=2, late=[aid()], days=4))
        await season.cards(season.card(1))
        await season.send(season.assessed(1, revision=3, late=[], days=7))

        await season.batch(expect=409)


class TestGuardian:
    async def test_a_minor_without_a_card_is_paid_to_the_guardians(self, season):
        await season.send(
            season.assessed(2, aid=[aid()], minor=True, guardian_id=1), season.paid(2, aid=[aid()])
        )
        await season.send(season.assessed(1))
        assert (await season.cards(season.card(1)))["payouts_ready"] == 1
        batch = await season.batch()
        exported = await season.ask("GET", f"/v1/payout-batches/{batch['batch_id']}/file")

        assert "6221550000000000001" in exported.text

    async def test_a_minors_own_card_comes_first(self, season):
        await season.send(season.assessed(2, aid=[aid()], minor=True, guardian_id=1), season.assessed(1))
        await season.cards(season.card(1), season.card(2))
        await season.send(season.paid(2, aid=[aid()]))
        batch = await season.batch()
        exported = await season.ask("GET", f"/v1/payout-batches/{batch['batch_id']}/file")

        assert "6221550000000000002" in exported.text

    async def test_a_guardian_who_is_assessed_after_the_card_was_listed_is_found(self, season):
        await season.send(
            season.assessed(2, aid=[aid()], minor=True, guardian_id=1), season.paid(2, aid=[aid()])
        )
        assert (await season.cards(season.card(1)))["waiting_for_person"] == 1
        await season.send(season.assessed(1))

        assert [row[-1] for row in await season.payouts()] == ["ready"]

    async def test_an_adult_waits_for_an_account_of_their_own(self, season):
        await season.send(season.assessed(2, aid=[aid()], guardian_id=1), season.assessed(1))
        await season.send(season.paid(2, aid=[aid()]))
        await season.cards(season.card(1))

        assert [row[-1] for row in await season.payouts()] == ["waiting_card"]

    async def test_whose_card_failed_waits_for_another_account_of_either(self, season):
        await season.send(season.assessed(2, aid=[aid()], minor=True, guardian_id=1), season.assessed(1))
        await season.send(season.paid(2, aid=[aid()]))
        await season.cards(season.card(1))
        batch = await season.batch()
        await season.results(batch["batch_id"], (number(1), "returned", 20_000, "销户"))

        assert (await season.cards(season.card(2)))["payouts_ready"] == 1


class TestPayoutsOfAPerson:
    async def test_tell_each_sending_when_what_the_bank_said_and_what_is_needed_next(self, season):
        await reimbursed(season, 1)
        first = await season.batch()
        await season.results(first["batch_id"], (number(1), "failed", 20_000, "户名不符"))
        await season.cards(season.card(1, account=999))
        second = await season.batch(days=9)
        path = "/v1/persons/1/subsidies"
        (sent,) = (await season.ask("GET", path))["payouts"]
        await season.results(second["batch_id"], (number(1, 2), "paid", 20_000, ""), days=10)
        (paid,) = (await season.ask("GET", path))["payouts"]

        assert (sent["state"], sent["next_step"], paid["state"], paid["next_step"]) == (
            *("sent", "await_bank"),
            *("paid", "none"),
        )
        failed, again = paid["attempts"]
        assert (failed["outcome"], failed["reason"], again["outcome"]) == ("failed", "户名不符", "paid")
        assert [one["sent_at"][:10] for one in (failed, again)] == ["2020-09-06", "2020-09-10"]
        assert [one["settled_at"][:10] for one in (failed, again)] == ["2020-09-07", "2020-09-11"]
        assert failed["account_masked"] != again["account_masked"] and "*" in again["account_masked"]
        assert (sent["attempts"][1]["outcome"], sent["attempts"][1]["settled_at"]) == (None, None)

    async def test_of_another_year_are_left_out_where_a_year_is_asked_for(self, season):
        await reimbursed(season, 1)

        assert (await season.ask("GET", "/v1/persons/1/subsidies?coverage_year=2020"))["payouts"] == []
        assert len((await season.ask("GET", "/v1/persons/1/subsidies?coverage_year=2021"))["payouts"]) == 1
