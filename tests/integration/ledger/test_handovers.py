"""Totals per deadline: sealed once, the same bytes again, nothing lost and nothing counted twice."""

import asyncio
import hashlib
import json

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from libs.common.db.engine import create_engine
from libs.common.db.resealing import begin_rotation, reseal
from libs.common.db.sealing import Sealing
from libs.common.security.wrapping import InstallationKeys
from libs.common.testing.ledger_facts import (
    assessed,
    granted,
    on,
    paid,
    payout,
    refunded,
    suspended,
)
from services.ledger.tables import metadata


class TestClose:
    async def test_counts_heads_and_money_by_payer_township_and_channel(self, desk):
        await desk.send(
            paid(1), paid(2, channel="wechat", add_on_fen=3000), paid(16), granted(3), granted(1, 10000)
        )

        totals = (await desk.closed("main", "2020-01-04T09:00:00"))["totals"]

        assert totals["total"] == {"head_count": 4, "amount_fen": 110000}
        assert totals["by_payer"] == [
            {
                "payer": "medical_assistance",
                "mechanism": "paid_on_behalf",
                "head_count": 2,
                "amount_fen": 35000,
            },
            {"payer": "residents", "mechanism": "own", "head_count": 3, "amount_fen": 75000},
        ]
        assert totals["by_township"] == [
            {"township": "350426102", "head_count": 2, "amount_fen": 60000},
            {"township": "350426103", "head_count": 1, "amount_fen": 25000},
            {"township": "350426104", "head_count": 1, "amount_fen": 25000},
        ]
        assert totals["by_channel"] == [
            {"channel": "tax", "head_count": 2, "amount_fen": 50000},
            {"channel": "wechat", "head_count": 1, "amount_fen": 25000},
        ]
        assert totals["add_ons"] == [{"channel": "wechat", "head_count": 1, "amount_fen": 3000}]

    async def test_keeps_suspense_cards_and_help_outside_apart(self, desk):
        line = suspended(77)
        grant = granted(1, 20000, "reimburse_to_card", payer="county_finance")
        outside = granted(2, 25000, "outside_system", payer="disabled_federation")
        await desk.send(paid(1), line, refunded(line, 25000, at=on("2019-12-20")), grant, outside)
        await desk.send(payout(grant, at=on("2019-12-20")))

        totals = (await desk.closed("main", "2020-01-04T09:00:00"))["totals"]

        assert totals["total"] == {"head_count": 1, "amount_fen": 25000}
        assert totals["suspense"] == [
            {
                "channel": "tax", "suspended_lines": 1, "suspended_fen": 25000, "relocated_fen": 0,
                "returned_fen": 0,
                "applied_fen": 0, "refunded_fen": 25000, "change_fen": 0,
            }
        ]  # fmt: skip
        assert totals["to_cards"] == [
            {
                "payer": "county_finance", "granted_head_count": 1, "granted_fen": 20000,
                "paid_head_count": 1, "paid_fen": 20000,
            }
        ]  # fmt: skip
        assert totals["outside_system"] == [
            {"payer": "disabled_federation", "head_count": 1, "amount_fen": 25000}
        ]

    async def test_the_cutoff_is_exclusive(self, desk):
        await desk.send(paid(1, on("2019-12-31T23:59:59")), paid(2, on("2020-01-01")))

        main = await desk.closed("main", "2020-01-04T09:00:00")
        january = await desk.closed("monthly-2020-01", "2020-02-01T00:00:00")

        assert (main["head_count"], january["head_count"]) == (1, 1)

    async def test_what_arrives_late_goes_to_the_next_deadline_and_is_told(self, desk):
        await desk.send(paid(1))
        main = await desk.closed("main", "2020-01-02T09:00:00")
        await desk.send(paid(2, on("2019-12-31T20:00")), paid(3, on("2020-01-20")))

        january = await desk.closed("monthly-2020-01", "2020-02-03T09:00:00")

        assert main["head_count"] == 1
        assert january["head_count"] == 2
        assert january["totals"]["late"] == {"facts": 1, "amount_fen": 25000}
        assert january["totals"]["deadline"]["follows"] == ["main"]

    async def test_a_person_is_counted_once_and_counted_back_when_all_is_refunded(self, desk):
        payment = paid(1)
        await desk.send(payment)
        await desk.closed("main", "2020-01-04T09:00:00")
        await desk.send(granted(1, 10000, at=on("2020-01-10")))
        january = await desk.closed("monthly-2020-01", "2020-02-04T09:00:00")
        await desk.send(refunded(payment, 25000, at=on("2020-02-10")))
        february = await desk.closed("monthly-2020-02", "2020-03-04T09:00:00")

        assert january["totals"]["total"] == {"head_count": 0, "amount_fen": 10000}
        assert [row["head_count"] for row in january["totals"]["by_payer"]] == [1]
        assert february["totals"]["total"] == {"head_count": 0, "amount_fen": -25000}
        assert february["totals"]["by_payer"] == [
            {"payer": "residents", "mechanism": "own", "head_count": -1, "amount_fen": -25000}
        ]

    async def test_months_and_half_years_each_add_up_to_the_same_money(self, desk):
        await desk.send(*(paid(month, on(f"2020-{month:02d}-15")) for month in range(1, 7)))
        await desk.closed("main", "2020-01-04T09:00:00")
        months = []
        for month in range(1, 7):
            closed = await desk.closed(f"monthly-2020-{month:02d}", f"2020-{month + 1:02d}-02T09:00:00")
            months.append(closed)

        half = await desk.closed("first-half", "2020-07-10T09:00:00")

        assert [month["head_count"] for month in months] == [1] * 6
        assert (half["head_count"], half["amount_fen"]) == (6, 150000)

    async def test_money_applied_out_of_suspense_after_the_seal_is_counted_later(self, desk):
        await desk.send(suspended(5001, on("2019-12-10")))
        main = await desk.closed("main", "2020-01-04T09:00:00")
        await desk.send(paid(1, on("2019-12-10"), from_suspense=True))

        january = await desk.closed("monthly-2020-01", "2020-02-04T09:00:00")

        assert main["head_count"] == 0
        assert main["totals"]["suspense"][0]["change_fen"] == 25000
        assert january["totals"]["total"] == {"head_count": 1, "amount_fen": 25000}
        assert january["totals"]["suspense"][0]["change_fen"] == -25000


class TestSeal:
    async def test_the_hash_is_over_the_document_and_the_one_before(self, desk):
        await desk.send(paid(1))
        main = await desk.closed("main", "2020-01-04T09:00:00")
        january = await desk.closed("monthly-2020-01", "2020-02-04T09:00:00")

        assert hashlib.sha256(main["document"].encode()).hexdigest() == main["sha256"]
        assert json.loads(january["document"])["previous_sha256"] == main["sha256"]

    async def test_closing_again_gives_the_same_seal_whatever_came_in_between(self, desk):
        await desk.send(paid(1))
        main = await desk.closed("main", "2020-01-04T09:00:00")
        await desk.send(paid(2))

        again = await desk.close("main", "2020-01-05T09:00:00")

        assert (again.status_code, again.json()) == (200, main)

    async def test_is_computed_again_byte_for_byte_although_more_has_come(self, desk):
        await desk.send(paid(1), granted(2), suspended(9))
        await desk.closed("main", "2020-01-04T09:00:00")
        await desk.send(paid(3), paid(4, on("2020-01-09")))
        await desk.closed("monthly-2020-01", "2020-02-04T09:00:00")
        await desk.send(paid(5), granted(6))

        for deadline in ("main", "monthly-2020-01"):
            assert (await desk.recomputed(deadline))["identical"]

    async def test_two_runs_of_a_season_give_the_same_bytes(self, make_desk):
        documents = []
        for order in (1, -1):
            desk = await make_desk()
            await desk.send(*[paid(person) for person in range(1, 30)][::order], *[granted(40), suspended(8)])
            documents.append((await desk.closed("main", "2020-01-04T09:00:00"))["document"])

        assert documents[0] == documents[1]

    async def test_is_published(self, desk):
        await desk.send(paid(1))
        main = await desk.closed("main", "2020-01-04T09:00:00")
        await desk.close("main", "2020-01-05T09:00:00")

        [(key, type_, data)] = await desk.rows("SELECT key, type, data FROM outbox")
        assert (key, type_) == ("youxi:main", "canbao.handover.sealed.v1")
        assert json.loads(data)["sha256"] == main["sha256"]

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE handovers SET document = '{}'",
            "DELETE FROM handovers",
            "DELETE FROM handover_members",
        ],
    )
    async def test_the_database_refuses_to_change_it(self, desk, statement):
        await desk.send(paid(1))
        await desk.closed("main", "2020-01-04T09:00:00")

        with pytest.raises(DBAPIError, match="only ever grows"):
            await desk.run(statement)

    async def test_closing_twice_at_once_seals_once(self, desk):
        await desk.send(paid(1))

        answers = await asyncio.gather(*(desk.close("main", "2020-01-04T09:00:00") for _ in range(4)))

        assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
        assert len({answer.json()["sha256"] for answer in answers}) == 1

    async def test_a_closing_amid_the_stream_loses_nothing_and_counts_nothing_twice(self, desk):
        messages = [desk.message(paid(person)) for person in range(1, 401)]
        batches = [messages[start : start + 20] for start in range(0, 400, 20)]

        hundred_posted = asyncio.Event()

        async def stream():
            for number, batch in enumerate(batches, start=1):
                await desk.deliver(batch)
                if number == 5:
                    hundred_posted.set()

        posting = asyncio.create_task(stream())
        await hundred_posted.wait()
        main = await desk.closed("main", "2020-01-04T09:00:00")
        await posting
        january = await desk.closed("monthly-2020-01", "2020-02-04T09:00:00")

        assert 100 <= main["head_count"] <= 400
        assert main["head_count"] + january["head_count"] == 400
        assert main["amount_fen"] + january["amount_fen"] == 400 * 25000
        assert (await desk.recomputed("main"))["identical"]

    async def test_a_fact_that_is_being_posted_is_not_waited_for_and_comes_next(self, desk):
        await desk.send(paid(1))
        async with desk.context.engine.connect() as conn, conn.begin() as transaction:
            await conn.execute(
                text(
                    "INSERT INTO postings (county, coverage_year, fact_id, leg_no, kind, source, destination,"
                    " amount_fen, business_at, person_id, accounting_month) VALUES ('youxi', 2020, 999, 1,"
                    " 'contribution', 'dues', 'clearing:tax', 25000, '2019-12-01', 2, '2019-12-01')"
                )
            )
            main = await desk.closed("main", "2020-01-04T09:00:00")
            await transaction.commit()

        january = await desk.closed("monthly-2020-01", "2020-02-04T09:00:00")

        assert (main["head_count"], january["head_count"]) == (1, 1)


class TestOrder:
    async def test_before_the_cutoff_is_refused_and_says_when(self, desk):
        answer = await desk.close("main", "2019-12-31T23:59:59")

        assert answer.status_code == 409
        assert answer.json()["type"].endswith("cutoff-not-reached")
        assert answer.json()["cutoff_at"] == "2020-01-01T00:00:00+08:00"

    async def test_before_the_cutoff_may_be_forced_with_a_reason_that_is_kept(self, desk):
        answer = await desk.close("main", "2019-12-31T18:00:00", forced_reason="提前移交")

        assert (answer.status_code, answer.json()["forced_reason"]) == (201, "提前移交")

    async def test_the_reason_lies_sealed_and_alone_of_a_handover_gets_another_key(self, desk):
        await desk.close("main", "2019-12-31T18:00:00", forced_reason="提前移交")
        engine = desk.context.engine
        assert await begin_rotation(engine, metadata, InstallationKeys([b"\x08" * 32]))
        async with engine.begin() as conn:
            await conn.execute(text("UPDATE data_keys SET active_from = now() WHERE active_from > now()"))
        rotating = create_engine(
            desk.context.settings.database_url, sealing=Sealing(InstallationKeys([b"\x08" * 32]))
        )
        assert await reseal(rotating, metadata.tables["handovers"], lambda *_: None) == 1
        with pytest.raises(DBAPIError, match="only ever grows"):
            async with rotating.begin() as conn:
                await conn.execute(text("UPDATE handovers SET sealed_by = 'somebody'"))
        await rotating.dispose()

    async def test_out_of_turn_is_refused_and_says_which_is_open(self, desk):
        answer = await desk.close("monthly-2020-01", "2020-02-04T09:00:00")

        assert (answer.status_code, answer.json()["open_deadline_id"]) == (409, "main")

    async def test_unknown_deadlines_and_counties_are_not_found(self, desk):
        assert (await desk.close("christmas", "2020-02-04T09:00:00")).status_code == 404
        answer = await desk.http.post("/v1/handovers/atlantis/2020/main/close", json={})
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:canbao:problem:county-unknown")
        assert assessed(1).county == "youxi"
