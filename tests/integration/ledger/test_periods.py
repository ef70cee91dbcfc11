"""Accounting months: in order, by two persons, and never in the way of what happens."""

import asyncio
import json

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from libs.common.clock import CLOCK_HEADER
from libs.common.testing.ledger_facts import assessed, deposited, on, paid, suspended
from libs.common.testing.waiting import eventually
from services.ledger.handovers import closing as handover_closing
from tests.integration.ledger.test_api import move
from tests.integration.ledger.test_late_facts import late_facts

LATER = "2020-03-20T10:00:00+08:00"


class Office:
    """Two officers of finance who keep the months."""

    def __init__(self, desk, one, two):
        self.desk, self.one, self.two = desk, one, two

    async def step(self, month, step, at=LATER, who=None, **body):
        return await (who or self.one).post(
            f"/v1/periods/youxi/{month}/{step}", json=body or None, headers={CLOCK_HEADER: at}
        )

    async def agree(self, answer, who=None):
        assert answer.status_code == 202, answer.text
        approval = answer.json()["approval_id"]
        return await (who or self.two).post(
            f"/v1/approvals/{approval}/approve", json={}, headers={CLOCK_HEADER: LATER}
        )

    async def lock(self, *months):
        for month in months:
            answer = await self.step(month, "lock")
            assert answer.status_code == 201, answer.text

    async def close(self, *months):
        for month in months:
            answer = await self.agree(await self.step(month, "close"))
            assert answer.status_code == 200, answer.text

    async def get(self, path, **params):
        answer = await self.one.get(f"/v1/periods{path}", params=params, headers={CLOCK_HEADER: LATER})
        assert answer.status_code == 200, answer.text
        return answer

    async def states(self):
        items = (await self.get("", county="youxi")).json()["items"]
        return {item["month"]: item["state"] for item in items}


@pytest.fixture
async def office(desk, client):
    one, two = [await client(desk.context, app=desk.app, subject=name) for name in ("zhao", "qian")]
    return Office(desk, one, two)


def problem(answer):
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


async def booked(desk):
    rows = await desk.rows(
        "SELECT DISTINCT to_char(accounting_month, 'YYYY-MM'),"
        " to_char(business_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD') FROM postings ORDER BY 1, 2"
    )
    return [tuple(row) for row in rows]


class TestAMonth:
    async def test_is_open_until_it_is_locked_and_listed_without_gaps(self, office):
        await office.desk.send(paid(1, on("2019-11-20")), paid(2, on("2020-01-31T23:59:59")))
        await office.lock("2019-11")

        assert await office.states() == {
            "2019-11": "locked", "2019-12": "open", "2020-01": "open", "2020-02": "open", "2020-03": "open",
        }  # fmt: skip

    async def test_that_goes_on_is_not_locked_nor_one_out_of_turn_nor_one_without_books(self, office):
        await office.desk.send(paid(1, on("2019-11-20")), paid(2, on("2019-12-20")))

        early = await office.step("2019-12", "lock", at="2019-12-31T23:59:59+08:00")
        skipping = await office.step("2019-12", "lock", at="2020-01-01T00:00:00+08:00")
        before = await office.step("2019-10", "lock")

        assert problem(early) == (409, "month-not-over")
        assert problem(skipping) == (409, "month-out-of-turn")
        assert skipping.json()["month"] == "2019-11"
        assert problem(before) == (404, "month-unknown")

    async def test_is_closed_by_a_second_person_in_order(self, office):
        await office.desk.send(paid(1, on("2019-11-20")), paid(2, on("2019-12-20")))
        await office.lock("2019-11", "2019-12")

        out_of_turn = await office.step("2019-12", "close")
        asked = await office.step("2019-11", "close", note="凭证已核对")
        alone = await office.agree(asked, office.one)
        agreed = await office.agree(asked)

        assert problem(out_of_turn) == (409, "month-out-of-turn")
        assert (alone.status_code, agreed.status_code) == (403, 200)
        assert (await office.states())["2019-11"] == "closed"
        (first, *_) = (await office.get("", county="youxi")).json()["items"]
        assert [(one["step"], one["taken_by"], one["approved_by"]) for one in first["steps"]] == [
            ("lock", "zhao", None),
            ("close", "zhao", "qian"),
        ]

    async def test_is_opened_again_from_locked_only_by_two_with_a_reason_and_from_the_last(self, office):
        await office.desk.send(paid(1, on("2019-11-20")), paid(2, on("2019-12-20")))
        await office.lock("2019-11", "2019-12")

        assert (await office.step("2019-12", "reopen")).status_code == 422
        first = await office.step("2019-11", "reopen", reason="漏记")
        agreed = await office.agree(await office.step("2019-12", "reopen", reason="漏记划转"))
        await office.close("2019-11")
        closed = await office.step("2019-11", "reopen", reason="漏记")

        assert problem(first) == (409, "month-out-of-turn")
        assert agreed.status_code == 200
        assert problem(closed) == (409, "month-stands-otherwise")
        assert closed.json()["state"] == "closed"
        assert await office.states() | {"2019-11": "closed", "2019-12": "open"} == await office.states()

    async def test_that_was_opened_again_meanwhile_is_not_closed_by_who_agrees_too_late(self, office):
        await office.desk.send(paid(1, on("2019-11-20")))
        await office.lock("2019-11")
        closing = await office.step("2019-11", "close")
        await office.agree(await office.step("2019-11", "reopen", reason="漏记"))

        late = await office.agree(closing)

        assert problem(late) == (409, "approval-not-waiting")
        assert (await office.states())["2019-11"] == "open"

    async def test_is_locked_once_however_often_it_is_asked(self, office):
        await office.desk.send(paid(1, on("2019-11-20")))

        answers = await asyncio.gather(
            *(office.step("2019-11", "lock", who=who) for who in (office.one, office.two))
        )

        assert sorted(answer.status_code for answer in answers) == [200, 201]
        assert await office.desk.rows("SELECT count(*) FROM period_steps") == [(1,)]

    async def test_has_one_closing_though_two_ask_for_it_and_two_agree_at_once(self, office, client):
        await office.desk.send(paid(1, on("2019-11-20")))
        await office.lock("2019-11")
        asked = await asyncio.gather(
            *(office.step("2019-11", "close", who=who) for who in (office.one, office.two))
        )
        assert sorted(answer.status_code for answer in asked) == [202, 409]
        (waiting,) = [answer for answer in asked if answer.status_code == 202]
        others = [await client(office.desk.context, app=office.desk.app, subject=s) for s in ("sun", "li")]

        agreed = await asyncio.gather(*(office.agree(waiting, who) for who in others))

        assert sorted(answer.status_code for answer in agreed) == [200, 409]
        assert await office.desk.rows("SELECT count(*) FROM period_closings") == [(1,)]

    async def test_is_not_for_who_sees_a_township_alone(self, office, client):
        await office.desk.send(paid(1, on("2019-11-20")))
        township = await client(office.desk.context, app=office.desk.app, division="350426101")

        answers = [
            await office.step("2019-11", "lock", who=township),
            await township.get("/v1/periods/youxi/2019-11/journal"),
            await township.get("/v1/periods", params={"county": "youxi"}),
        ]

        assert [answer.status_code for answer in answers] == [403, 403, 403]


class TestWhatComesTooLate:
    async def test_of_every_kind_is_booked_in_the_open_month_with_its_business_date(self, office):
        await office.desk.send(paid(90, on("2019-12-01")))
        await office.lock("2019-12")
        await office.close("2019-12")

        await office.desk.send(*late_facts())

        months = {month for month, day in await booked(office.desk) if day == "2019-12-20"}
        assert months == {"2020-01"}
        assert await office.desk.rows("SELECT DISTINCT to_char(accounting_month, 'YYYY-MM') FROM postings"
                                      " WHERE business_at < '2019-12-19'") == [("2019-12",)]  # fmt: skip

    async def test_counts_in_its_handover_by_its_business_date(self, office):
        await office.desk.send(paid(1, on("2019-11-20")))
        await office.lock("2019-11")
        await office.desk.send(paid(2, on("2019-11-21")))

        sealed = await office.desk.closed("main", "2020-01-04T09:00:00")

        assert sealed["totals"]["total"] == {"head_count": 2, "amount_fen": 50000}

    async def test_of_an_event_that_comes_again_is_booked_where_it_was(self, office):
        messages = [office.desk.message(paid(1, on("2019-11-20")))]
        await office.desk.deliver(messages)
        await office.lock("2019-11")
        await office.desk.run("DELETE FROM inbox")

        await office.desk.deliver(messages)

        assert await booked(office.desk) == [("2019-11", "2019-11-20")]

    async def test_a_movement_keeps_the_date_on_its_paper(self, office):
        await office.desk.send(paid(1, on("2019-11-20")))
        await office.lock("2019-11")

        answer = await move(office.desk, business_at="2019-11-30T16:30:00+08:00")

        assert (answer.status_code, answer.json()["accounting_month"]) == (201, "2019-12")
        assert ("2019-12", "2019-11-30") in await booked(office.desk)

    async def test_goes_into_the_month_again_that_is_opened_again(self, office):
        await office.desk.send(paid(1, on("2019-11-20")))
        await office.lock("2019-11")
        await office.agree(await office.step("2019-11", "reopen", reason="漏记"))

        await office.desk.send(paid(2, on("2019-11-21")))

        assert await booked(office.desk) == [("2019-11", "2019-11-20"), ("2019-11", "2019-11-21")]

    async def test_of_another_county_is_not_held_up(self, office):
        await office.desk.send(paid(1, on("2019-11-20")))
        await office.lock("2019-11")

        await office.desk.send(suspended(5, on("2019-11-21"), county=None, coverage_year=None))

        assert ("2019-11", "2019-11-21") in await booked(office.desk)


class TestTheDatabase:
    async def test_lets_a_month_be_locked_when_those_who_post_are_done_and_keeps_it_free_of_what_comes_then(
        self, office
    ):
        desk = office.desk
        await desk.send(paid(1, on("2019-11-20")))
        async with desk.context.engine.begin() as posting:
            await posting.execute(text("SELECT * FROM hold_months(ARRAY['youxi'])"))
            locking = asyncio.create_task(office.step("2019-11", "lock"))
            await until_waiting(desk)
            later = asyncio.create_task(desk.deliver([desk.message(paid(2, on("2019-11-21")))]))
            await posting.execute(text(POST.format(fact=900, month="2019-11-01")))
        assert (await locking).status_code == 201
        await later

        assert await booked(desk) == [("2019-11", "2019-11-20"), ("2019-12", "2019-11-21")]

    async def test_agrees_on_months_whoever_posts_while_they_are_locked(self, office):
        desk = office.desk
        await desk.send(paid(1, on("2019-11-20")))
        messages = [desk.message(paid(person, on("2019-11-21"))) for person in range(2, 202)]

        await asyncio.gather(*(in_tens(desk, messages[lane::4]) for lane in range(4)), office.lock("2019-11"))

        locked = (await office.get("/youxi/2019-11/balance")).json()
        await office.close("2019-11")
        assert (await office.get("/youxi/2019-11/balance")).json()["debit_fen"] == locked["debit_fen"]
        assert await desk.rows("SELECT count(*) FROM facts") == [(201,)]
        assert (await desk.balances())["clearing:tax"] == 201 * 25000

    @pytest.mark.parametrize("step", ["lock", "close"])
    async def test_refuses_postings_and_movements_in_a_month_that_is_not_open(self, office, step):
        desk = office.desk
        await desk.send(paid(1, on("2019-11-20")))
        await move(desk, business_at="2019-11-25T09:00:00+08:00")
        await office.lock("2019-11")
        if step == "close":
            await office.close("2019-11")

        for statement in (
            POST.format(fact=900, month="2019-11-01"),
            "INSERT INTO movements (county, coverage_year, kind, amount_fen, business_at, reference, request,"
            " recorded_by, recorded_at, accounting_month) SELECT county, coverage_year, kind, amount_fen,"
            " business_at, 'X', request, recorded_by, recorded_at, accounting_month FROM movements",
        ):
            with pytest.raises(IntegrityError, match="2019-11-01 of youxi is locked or closed"):
                await desk.run(statement)

    @pytest.mark.parametrize(
        ("month", "rule"),
        [("2019-10-01", "month_is_not_before"), ("2019-11-02", "month_is_a_first_day")],
    )
    async def test_refuses_what_is_booked_before_it_happened_or_in_no_month(self, office, month, rule):
        with pytest.raises(IntegrityError, match=rule):
            await office.desk.run(POST.format(fact=900, month=month))

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE periods SET state = 'open' WHERE month = '2019-11-01'",
            "UPDATE periods SET state = 'open' WHERE month = '2019-12-01'",
            "UPDATE periods SET state = 'closed' WHERE month = '2020-01-01'",
            "DELETE FROM periods",
            "TRUNCATE periods",
            "INSERT INTO periods VALUES ('youxi', '2020-03-01', 'locked')",
            "INSERT INTO periods VALUES ('youxi', '2019-10-01', 'closed')",
            "UPDATE period_closings SET document = '{}'",
            "DELETE FROM journal_entries",
        ],
    )
    async def test_keeps_months_in_order_whoever_changes_them(self, office, statement):
        await office.desk.send(paid(1, on("2019-11-20")))
        await office.lock("2019-11", "2019-12", "2020-01")
        await office.close("2019-11")
        with pytest.raises(IntegrityError):
            await office.desk.run(statement)


POST = (
    "INSERT INTO postings (county, coverage_year, fact_id, leg_no, kind, source, destination, amount_fen,"
    " business_at, accounting_month) VALUES ('youxi', 2020, {fact}, 1, 'charge', 'residents', 'dues', 1,"
    " '2019-11-20T10:00:00+08:00', '{month}')"
)


async def in_tens(desk, messages):
    """Deliver messages ten by ten."""
    for at in range(0, len(messages), 10):
        await desk.deliver(messages[at : at + 10])


async def until_waiting(desk):
    """Wait until somebody waits for the months."""
    waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"

    async def waits():
        return bool(await desk.rows(waiting))

    await eventually(waits)


class TestClosing:
    async def test_freezes_opening_balance_turnover_and_closing_balance(self, office):
        await office.desk.send(assessed(1), paid(1, on("2019-11-20")), paid(2, on("2019-12-20")))
        await move(office.desk, business_at="2019-12-25T09:00:00+08:00")
        await office.lock("2019-09", "2019-10", "2019-11", "2019-12")
        await office.close("2019-09", "2019-10", "2019-11", "2019-12")

        first, last = [
            (await office.get(f"/youxi/{month}/balance")).json() for month in ("2019-11", "2019-12")
        ]

        (tax,) = [one for one in last["accounts"] if one["account"] == "clearing:tax"]
        figures = ("opening_fen", "debit_fen", "credit_fen", "closing_fen")
        assert [tax[name] for name in figures] == [25000, 25000, 25000, 25000]
        assert last["debit_fen"] == last["credit_fen"]
        assert (last["provisional"], last["entries"], first["entries"]) == (False, 2, 1)
        assert sum(one["closing_fen"] for one in last["accounts"]) == 0
        assert last["previous_sha256"] == first["sha256"]

    async def test_is_refused_with_everything_that_is_wrong_in_both_languages(self, office):
        await office.desk.send(paid(1, on("2020-01-20")), deposited(12, 25000, on("2020-01-21")))
        await move(
            office.desk, kind="add_on_handover", payee="somebody", amount_fen=None, moved_because="急用",
            business_at="2020-01-30T10:00:00+08:00",
        )  # fmt: skip
        await office.lock("2020-01")

        refused = await office.step("2020-01", "close")
        told = (await office.get("/youxi/2020-01/examination")).json()["items"]

        assert problem(refused) == (409, "month-not-sound")
        assert refused.json()["items"] == told
        found = {one["check"]: one for one in told}
        assert found.keys() == {"cash_below_zero", "movement_case_open", "handover_open"}
        assert found["cash_below_zero"]["amount_fen"] == 25000
        assert found["handover_open"]["subject"] == "handovers/youxi/2020/main"
        assert all(one[name] for one in told for name in ("title", "title_zh", "mend", "mend_zh"))
        assert (await office.states())["2020-01"] == "locked"

    async def test_waits_for_events_of_the_county_that_are_parked(self, office):
        await office.desk.send(paid(1, on("2019-11-20")))
        mine, other = paid(2, on("2019-11-21")), paid(3, on("2019-11-21"))
        letters = [
            ("parked", mine.model_dump_json(), "2019-11-21"),
            ("handled", mine.model_dump_json(), "2019-11-21"),
            ("parked", mine.model_dump_json(), "2019-12-01"),
            ("parked", other.model_copy(update={"county": "huining"}).model_dump_json(), "2019-11-21"),
            ("retrying", "broken", "2019-11-22"),
        ]
        for number, (state, data, at) in enumerate(letters, start=1):
            await office.desk.run(
                "INSERT INTO dead_letters (topic, partition, position, key, source, event_id, type, time,"
                f" data, reason, state) VALUES ('canbao.collection', 0, {number}, 'k', 'test', '{number}',"
                f" 'x',"
                f" '{at}T10:00:00+08:00', $${data}$$, 'x', '{state}')".replace(":", chr(92) + ":")
            )
        await office.lock("2019-11")

        refused = await office.step("2019-11", "close")
        await office.desk.run("UPDATE dead_letters SET state = 'handled'")

        assert [(one["check"], one["subject"]) for one in refused.json()["items"]] == [
            ("event_parked", "dead-letters/1"), ("event_parked", "dead-letters/5"),
        ]  # fmt: skip
        await office.close("2019-11")

    async def test_goes_on_when_what_was_wrong_is_mended_though_that_is_booked_later(self, office):
        await office.desk.send(deposited(12, 25000, on("2019-11-21")))
        await office.lock("2019-11")
        assert problem(await office.step("2019-11", "close")) == (409, "month-not-sound")

        await office.desk.send(paid(1, on("2019-11-20"), channel="cash:12"))

        assert ("2019-12", "2019-11-20") in await booked(office.desk)
        await office.close("2019-11")

    async def test_looks_again_when_the_second_person_agrees(self, office):
        await office.desk.send(paid(1, on("2019-11-20")))
        await office.lock("2019-11")
        asked = await office.step("2019-11", "close")
        await office.desk.run("ALTER TABLE postings DISABLE TRIGGER open_month")
        await office.desk.run(POST.format(fact=900, month="2019-11-01"))

        agreed = await office.agree(asked)

        assert problem(agreed) == (409, "month-not-sound")
        assert [one["check"] for one in agreed.json()["items"]] == ["posting_without_fact"]

    async def test_computes_a_seal_once_more_than_closing_it_did_and_not_again_when_agreed_to(
        self, office, monkeypatch
    ):
        computed = []
        recomputed = handover_closing.recomputed

        async def counted(conn, row, sealed):
            computed.append(row.deadline_id)
            return await recomputed(conn, row, sealed)

        await office.desk.send(paid(1, on("2019-12-20")))
        await office.desk.closed("main", "2020-01-04T09:00:00")
        await office.lock("2019-12")
        monkeypatch.setattr(handover_closing, "recomputed", counted)

        asked = await office.step("2019-12", "close")
        assert (asked.status_code, computed) == (202, ["main"])
        assert (await office.agree(asked)).status_code == 200
        assert computed == ["main"]

    async def test_whose_seal_was_changed_after_it_was_asked_for_is_refused(self, office):
        await office.desk.send(paid(1, on("2019-12-20")))
        await office.desk.closed("main", "2020-01-04T09:00:00")
        await office.lock("2019-12")
        asked = await office.step("2019-12", "close")
        await office.desk.run("ALTER TABLE handovers DISABLE TRIGGER USER")
        await office.desk.run("UPDATE handovers SET document = replace(document, '25000', '26000')")

        agreed = await office.agree(asked)

        assert problem(agreed) == (409, "month-not-sound")
        assert [one["check"] for one in agreed.json()["items"]] == ["handover_differs"]

    async def test_of_a_month_whose_opening_is_not_what_was_frozen_is_refused(self, office):
        await office.desk.send(paid(1, on("2019-11-20")), paid(2, on("2019-12-20")))
        await office.desk.closed("main", "2020-01-04T09:00:00")
        await office.lock("2019-11", "2019-12")
        await office.close("2019-11")
        await office.desk.run("ALTER TABLE postings DISABLE TRIGGER open_month")
        await office.desk.run(POST.format(fact=900, month="2019-11-01"))

        refused = await office.step("2019-12", "close")

        assert {one["check"] for one in refused.json()["items"]} >= {"opening_differs"}


class TestTheJournal:
    async def journal(self, office, month, **params):
        return (await office.get(f"/youxi/{month}/journal", **params)).json()

    async def test_numbers_entries_without_gaps_and_keeps_the_numbers(self, office):
        await office.desk.send(*(paid(person, on("2019-11-20")) for person in range(1, 8)))
        before = await self.journal(office, "2019-11")
        await office.lock("2019-11")
        await office.close("2019-11")
        await office.desk.send(paid(9, on("2019-11-20")))

        after = await self.journal(office, "2019-11")
        pages = [await self.journal(office, "2019-11", limit=3, after=after) for after in (0, 3, 6)]
        december = await self.journal(office, "2019-12")

        assert [one["entry_no"] for one in after["items"]] == list(range(1, 8))
        assert [one["provisional"] for one in before["items"] + after["items"]] == [True] * 7 + [False] * 7
        assert [one for page in pages for one in page["items"]] == after["items"]
        assert [page["next_after"] for page in pages] == ["3", "6", None]
        (late,) = december["items"]
        assert (late["entry_no"], late["dated_on"], late["business_on"]) == (1, "2019-12-01", "2019-11-20")

    async def test_debits_where_money_went_and_credits_where_it_came_from(self, office):
        await office.desk.send(paid(1, on("2019-11-20"), add_on_fen=3000))

        (entry,) = (await self.journal(office, "2019-11"))["items"]

        lines = entry["lines"]
        assert sum(one["debit_fen"] for one in lines) == sum(one["credit_fen"] for one in lines) > 0
        debit = next(one for one in lines if one["summary_zh"] == "收个人缴费" and one["debit_fen"])
        assert (debit["account"], debit["debit_fen"]) == ("clearing:tax", 25000)

    async def test_has_the_number_of_the_paper_where_there_is_one(self, office):
        await office.desk.send(
            paid(1, on("2019-11-20")),
            deposited(12, 25000, on("2019-11-21")),
            assessed(2, assessed_at=on("2019-11-22")),
        )
        await move(
            office.desk, kind="channel_settlement", channel="tax", amount_fen=100, reference="HK-77",
            business_at="2019-11-23T10:00:00+08:00",
        )  # fmt: skip

        papers = [one["paper_no"] for one in (await self.journal(office, "2019-11"))["items"]]
        table = await office.get("/youxi/2019-11/journal/file", format="csv")

        assert papers == [paid(1).voucher_no, deposited(12, 1).slip_no, None, "HK-77"]
        assert ",HK-77,暂定" in table.content.decode("utf-8-sig")

    @pytest.mark.parametrize("form", ["csv", "xlsx"])
    async def test_is_the_same_file_again_and_says_whether_it_is_final(self, office, form):
        await office.desk.send(*(paid(person, on("2019-11-20")) for person in range(1, 4)))

        open_ = await office.get("/youxi/2019-11/journal/file", format=form)
        await office.lock("2019-11")
        await office.close("2019-11")
        closed, again = [await office.get("/youxi/2019-11/journal/file", format=form) for _ in range(2)]

        assert closed.content == again.content
        assert "%E6%9A%82%E5%AE%9A" in open_.headers["content-disposition"]
        assert "%E6%9A%82%E5%AE%9A" not in closed.headers["content-disposition"]
        if form == "csv":
            head, first, *_ = closed.content.decode("utf-8-sig").splitlines()
            assert head.startswith(
                "凭证号,日期,摘要,科目编码,科目名称,借方金额（元）,贷方金额（元）,业务日期"
            )
            assert "记-1,2019-11-20" in first and ",25" in first and "已结账" in first
            assert "暂定（未结账）" in open_.content.decode("utf-8-sig").splitlines()[1]

    async def test_is_audited(self, office):
        await office.desk.send(paid(1, on("2019-11-20")))
        await self.journal(office, "2019-11")
        await office.get("/youxi/2019-11/journal/file", format="csv")

        rows = await office.desk.rows("SELECT operation, subject FROM person_lookups ORDER BY id")
        assert rows == [("list_journal", "zhao"), ("get_journal_file", "zhao")]

    async def test_has_the_frozen_count_of_entries(self, office):
        await office.desk.send(*(paid(person, on("2019-11-20")) for person in range(1, 4)))
        await office.lock("2019-11")
        await office.close("2019-11")
        ((document,),) = await office.desk.rows("SELECT document FROM period_closings")
        assert json.loads(document)["entries"] == 3
