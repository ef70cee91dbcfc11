"""Money for help: applied for by the bureau, confirmed by finance; help is paid when the notice says so."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from canbao.verify.payouts import are_verified
from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from libs.common.events.subsidy import FundsArrived, FundsRequested, FundsReversed
from libs.common.policy import Notice, Notices
from tests.integration.subsidy.conftest import VILLAGE, aid

BOOKS = {"county": "huining", "coverage_year": 2021}
OTHER = "620422102201"


async def ready(season, *people, village=VILLAGE, status="dibao", bank="农商银行"):
    """People who paid, have cards, and get 200 yuan back."""
    help_of = (aid(status=status),)
    for person in people:
        paid, at = season.paid(person, aid=help_of)
        await season.send(
            season.assessed(person, aid=help_of, division_code=village),
            (paid.model_copy(update={"division_code": village}), at),
        )
        await season.cards(season.card(person) | {"bank": bank})


async def released(season, *people, **more):
    """The same, whose lines the bureau released."""
    await ready(season, *people, **more)
    await season.ask("POST", "/v1/verifications", json=BOOKS, expect=201)
    await season.ask("POST", "/v1/verifications/decisions", json=BOOKS | {"decision": "release"})


async def apply(season, expect=201):
    answer = await season.ask("POST", "/v1/fund-applications", json=BOOKS, expect=expect)
    return answer["applications"] if expect == 201 else answer


async def confirm(season, application, fen, expect=200, http=None):
    path = f"/v1/fund-applications/{application['application_id']}/confirmation"
    return await season.ask(
        "POST", path, json={"confirmed_fen": fen}, expect=expect, http=http or season.approver
    )


async def batch(season, expect=201, **more):
    return await season.ask("POST", "/v1/payout-batches", json=BOOKS | more, expect=expect)


async def enter(season, *rows, expect=201):
    arrivals = [{"payer": "county_finance", "arrived_at": "2020-12-28T10:00:00+08:00"} | row for row in rows]
    body = BOOKS | {"arrivals": arrivals}
    return await season.ask("POST", "/v1/fund-arrivals", json=body, expect=expect, http=season.approver)


def under(season, **block):
    """Let the notice have another word about verification; None takes it away."""
    notice = season.context.notices[("huining", 2021)]
    asked = notice.document.subsidy_verification
    changed = replace(asked, **block) if block else None
    document = replace(notice.document, subsidy_verification=changed)
    other = Notice(document, notice.source_text, notice.sha256, notice.name)
    others = [one for one in season.context.notices.values() if one is not notice]
    season.context.notices = Notices([*others, other])


class TestApplying:
    async def test_sums_up_what_was_released_by_township_and_never_changes(self, season):
        await released(season, 1, 2)
        await released(season, 3, village=OTHER)
        [application] = await apply(season)
        [(struck,)] = await season.rows("SELECT grant_id FROM grants WHERE person_id = 1")
        await season.ask(
            "POST", "/v1/verifications/decisions",
            json=BOOKS | {"decision": "strike_out", "grant_ids": [struck], "reason": "误列"},
        )  # fmt: skip

        [seen] = (await season.ask("GET", "/v1/fund-applications"))["items"]

        assert (seen["payer"], seen["line_count"], seen["total_fen"]) == ("county_finance", 3, 60_000)
        assert seen["townships"] == application["townships"] == [
            {"division_prefix": VILLAGE[:9], "line_count": 2, "total_fen": 40_000},
            {"division_prefix": OTHER[:9], "line_count": 1, "total_fen": 20_000},
        ]  # fmt: skip

    async def test_asks_for_each_line_once(self, season):
        await released(season, 1)
        await apply(season)
        assert (await apply(season, expect=409))["type"].endswith(":nothing-to-apply-for")
        await released(season, 2)

        [second] = await apply(season)

        assert (second["number"], second["line_count"]) == (2, 1)
        told = [fact for fact in await season.published() if isinstance(fact, FundsRequested)]
        assert [fact.amount_fen for fact in told] == [20_000, 20_000]


class TestAnApplication:
    async def test_is_seen_with_whom_it_helps_page_by_page_and_the_look_is_recorded(self, season):
        await released(season, 1, 2, 3)
        [application] = await apply(season)
        await confirm(season, application, 60_000)
        path = f"/v1/fund-applications/{application['application_id']}"

        seen = await season.ask("GET", path)
        first = await season.ask("GET", f"{path}/lines?limit=2")
        rest = await season.ask("GET", f"{path}/lines?limit=2&after={first['next_after']}")

        assert (seen["total_fen"], seen["confirmed_fen"], seen["funded_lines"]) == (60_000, 60_000, 3)
        lines = first["items"] + rest["items"]
        assert [(one["person_id"], one["amount_fen"], one["revoked"]) for one in lines] == [
            (1, 20_000, False), (2, 20_000, False), (3, 20_000, False),
        ]  # fmt: skip
        assert rest["next_after"] is None and all(one["funded_at"] for one in lines)
        looked = "SELECT person_id FROM person_lookups WHERE operation = 'list_fund_application_lines'"
        assert sorted(await season.rows(looked)) == [(1,), (2,), (3,)]

    async def test_of_townships_elsewhere_is_shown_to_nobody(self, season, signing_key):
        await released(season, 1)
        await released(season, 2, village=OTHER)
        await apply(season)
        desk = await season.client(token=signing_key.issue("desk-2", ["subsidy:read"], VILLAGE[:9]))

        for path in ("/v1/fund-applications/1", "/v1/fund-applications/1/lines"):
            await season.ask("GET", path, http=desk, expect=403)
            await season.ask("GET", path.replace("/1", "/99"), expect=404)


class TestConfirming:
    async def test_lets_help_be_paid_that_waited(self, season):
        await ready(season, 1)
        refused = await batch(season, expect=409)
        assert refused["unverified"] == 1
        await released(season)
        await batch(season, expect=409)
        [application] = await apply(season)
        await batch(season, expect=409)

        answer = await confirm(season, application, 20_000)

        assert (answer["short_fen"], answer["funded_lines"], answer["confirmed_by"]) == (0, 1, "approver")
        assert (await batch(season))["declared_count"] == 1

    async def test_is_for_another_person_than_applied(self, season, signing_key):
        await released(season, 1)
        [application] = await apply(season)
        both = await season.client(token=signing_key.issue("test", ["subsidy:read", "subsidy:approve"], "*"))

        await confirm(season, application, 20_000, expect=403, http=both)

    @pytest.mark.parametrize(("first", "then"), [(60_001, None), (20_000, 10_000)])
    async def test_stays_within_what_was_applied_for_and_confirmed_before(self, season, first, then):
        await released(season, 1, 2, 3)
        [application] = await apply(season)

        await confirm(season, application, first, expect=200 if then else 422)
        if then:
            await confirm(season, application, then, expect=422)

    async def test_of_too_little_asks_an_officer_and_nobody_is_paid_meanwhile(self, season):
        await released(season, 1, 2, 3)
        [application] = await apply(season)

        answer = await confirm(season, application, 45_000)

        assert (answer["short_fen"], answer["funded_lines"]) == (15_000, 0)
        [case] = (await season.ask("GET", "/v1/cases"))["items"]
        assert (case["kind"], case["amount_fen"]) == ("funds_short", 15_000)
        await batch(season, expect=409)

    async def test_pays_the_oldest_first_where_two_officers_say_so(self, season, checker):
        await released(season, 1, 2, 3)
        [application] = await apply(season)
        await confirm(season, application, 45_000)
        [case] = (await season.ask("GET", "/v1/cases"))["items"]

        decided = await season.ask(
            "POST", f"/v1/cases/{case['case_id']}/decision", http=season.approver,
            json={"step": "oldest_first", "reason": "先到先得"},
        )  # fmt: skip
        approve = f"/v1/approvals/{decided['approval']['approval_id']}/approve"
        await season.ask("POST", approve, json={}, http=checker)

        made = await batch(season)
        assert made["declared_count"] == 2
        sent = await season.rows("SELECT person_id FROM payouts WHERE state = 'sent' ORDER BY 1")
        assert sent == [(1,), (2,)]

    async def test_pays_whom_the_notice_has_first(self, season):
        under(season, first=("registered_poor",))
        await released(season, 1)
        await released(season, 2, status="registered_poor")
        [application] = await apply(season)

        await confirm(season, application, 20_000)

        await batch(season)
        assert await season.rows("SELECT person_id FROM payouts WHERE state = 'sent'") == [(2,)]
        assert (await season.ask("GET", "/v1/cases"))["items"] == []

    async def test_of_the_rest_pays_the_rest_and_closes_the_case(self, season):
        await released(season, 1, 2)
        [application] = await apply(season)
        await confirm(season, application, 20_000)

        await confirm(season, application, 40_000)

        assert (await season.ask("GET", "/v1/cases"))["items"] == []
        assert (await batch(season))["declared_count"] == 2


class TestWhatANoticeAsksFor:
    async def test_may_be_the_bureaus_word_alone(self, season):
        under(season, payouts="verified")
        await ready(season, 1)
        await batch(season, expect=409)
        await released(season)

        assert (await batch(season))["declared_count"] == 1

    async def test_may_be_nothing(self, season):
        under(season)
        await ready(season, 1)

        assert (await batch(season))["declared_count"] == 1

    async def test_stops_a_line_that_is_held_again(self, season):
        under(season, payouts="verified")
        await released(season, 1)
        [(grant,)] = await season.rows("SELECT grant_id FROM grants")
        await season.ask(
            "POST", "/v1/verifications/decisions",
            json=BOOKS | {"decision": "hold", "grant_ids": [grant], "reason": "待核"},
        )  # fmt: skip

        await batch(season, expect=409)


class TestBatches:
    async def test_are_of_one_township_one_bank_and_no_larger_than_asked(self, season):
        await ready(season, 1, 2, 3)
        await ready(season, 4, village=OTHER)
        await ready(season, 5, bank="邮储银行")
        await season.verified()

        township = await batch(season, division_prefix=OTHER[:9])
        bank = await batch(season, bank="邮储银行")
        some = await batch(season, most=2)
        rest = await batch(season)

        assert [one["declared_count"] for one in (township, bank, some, rest)] == [1, 1, 2, 1]
        assert (await season.rows("SELECT count(*), count(DISTINCT payout_id) FROM attempts")) == [(5, 5)]

    async def test_of_a_township_elsewhere_are_refused(self, season, signing_key):
        desk = await season.client(
            token=signing_key.issue("desk-2", ["subsidy:read", "subsidy:write"], VILLAGE[:9])
        )
        await season.ask(
            "POST", "/v1/payout-batches", json=BOOKS | {"division_prefix": OTHER[:9]}, http=desk, expect=403
        )


class TestProgress:
    async def next_steps(self, season):
        return [one["next_step"] for one in (await season.ask("GET", "/v1/payouts"))["items"]]

    async def test_says_what_a_payout_needs_next(self, season):
        await season.send(season.assessed(1, aid=(aid(),)), season.paid(1, aid=(aid(),)))
        steps = [await self.next_steps(season)]
        await season.cards(season.card(1))
        steps.append(await self.next_steps(season))
        await season.ask("POST", "/v1/verifications", json=BOOKS, expect=201)
        steps.append(await self.next_steps(season))
        await season.ask("POST", "/v1/verifications/decisions", json=BOOKS | {"decision": "release"})
        steps.append(await self.next_steps(season))
        [application] = await apply(season)
        steps.append(await self.next_steps(season))
        await confirm(season, application, 20_000)
        steps.append(await self.next_steps(season))
        made = await season.batch()
        steps.append(await self.next_steps(season))
        await season.results(made["batch_id"], ("P0000000001-01", "failed", 20_000, "户名不符"))
        steps.append(await self.next_steps(season))

        assert [step for (step,) in steps] == [
            *("record_card", "draw_roster", "verify", "apply_for_funds", "confirm_funds", "make_batch"),
            *("await_bank", "correct_card"),
        ]

    async def test_is_counted_by_township(self, season):
        await ready(season, 1, 2)
        await ready(season, 3, village=OTHER)
        await season.send(season.assessed(4, aid=(aid(),)), season.paid(4, aid=(aid(),)))
        made = await season.batch(days=5)
        assert made["declared_count"] == 3
        await season.results(made["batch_id"], ("P0000000001-01", "paid", 20_000, ""))

        totals = await season.ask("GET", "/v1/payouts/totals?county=huining&coverage_year=2021")

        assert [
            (one["division_prefix"], one["state"], one["next_step"], one["count"], one["amount_fen"])
            for one in totals["items"]
        ] == [
            (VILLAGE[:9], "open", "await_bank", 1, 20_000),
            (VILLAGE[:9], "open", "record_card", 1, 20_000),
            (VILLAGE[:9], "paid", "none", 1, 20_000),
            (OTHER[:9], "open", "await_bank", 1, 20_000),
        ]


class TestWhatVerifyFinds:
    async def left(self, season, *breaking):
        """What `canbao verify` says of help that left, when statements broke its roster; undone again."""
        async with season.context.engine.connect() as conn:
            for one in breaking:
                await conn.execute(text(one))
            found = Findings("payouts-verified", "")
            await are_verified(Sources({"subsidy": conn}, season.context.notices), found)
            await conn.rollback()
        return [one.wrong for one in found.told]

    async def test_is_help_that_left_with_no_word_of_the_bureau_or_of_finance(self, season):
        await released(season, 1)
        [application] = await apply(season)
        await confirm(season, application, 20_000)
        await batch(season)

        assert await self.left(season) == []
        held = "UPDATE verification_lines SET state = 'held'"
        assert await self.left(season, held) == []
        forgotten = "DELETE FROM verification_steps"
        assert await self.left(season, held, forgotten) == ["left, and the bureau never released its line"]
        assert await self.left(season, "UPDATE verification_lines SET funded_at = NULL") == [
            "left, and nobody confirmed the money for it"
        ]
        under(season)
        assert await self.left(season, held, forgotten) == []


class TestBanks:
    async def test_are_told_apart_by_batch_and_answer(self, season):
        under(season)
        await ready(season, 1, 2)
        await ready(season, 3, bank="农业银行")
        made = await season.batch(days=5)
        await season.results(made["batch_id"], ("P0000000001-01", "paid", 20_000, ""))

        found = await season.ask("GET", "/v1/payouts/totals/banks?county=huining&coverage_year=2021")

        assert [
            (one["bank"], one["batch_id"], one["outcome"], one["amount_fen"]) for one in found["items"]
        ] == [
            ("农业银行", made["batch_id"], "sent", 20_000),
            ("农商银行", made["batch_id"], "paid", 20_000),
            ("农商银行", made["batch_id"], "sent", 20_000),
        ]


class TestArrivals:
    async def test_are_told_once_under_their_reference(self, season):
        row = {"reference": "ZF-1", "amount_fen": 50_000}
        first = await enter(season, row)
        again = await enter(season, row, {"reference": "ZF-2", "amount_fen": 10_000})

        assert ([one["reference"] for one in first["arrivals"]], first["repeated"]) == (["ZF-1"], 0)
        assert ([one["reference"] for one in again["arrivals"]], again["repeated"]) == (["ZF-2"], 1)
        told = [fact for fact in await season.published() if isinstance(fact, FundsArrived)]
        assert [fact.amount_fen for fact in told] == [50_000, 10_000]

    async def test_under_another_amount_are_refused_with_the_whole_list(self, season):
        await enter(season, {"reference": "ZF-1", "amount_fen": 50_000})

        problem = await enter(
            season, {"reference": "ZF-2", "amount_fen": 1}, {"reference": "ZF-1", "amount_fen": 1}, expect=409
        )

        assert problem["references"] == ["ZF-1"]
        assert await season.rows("SELECT reference FROM fund_arrivals") == [("ZF-1",)]

    async def test_name_a_payer_of_the_notice(self, season):
        row = {"payer": "somebody", "reference": "ZF-1", "amount_fen": 1}

        assert (await enter(season, row, expect=422))["payers"] == ["county_finance"]

    async def test_that_were_entered_wrongly_are_taken_back_by_two_and_entered_rightly(self, season):
        row, why = {"reference": "ZF-1", "amount_fen": 50_000}, {"reason": "金额误录"}
        [wrong] = (await enter(season, row))["arrivals"]
        path = f"/v1/fund-arrivals/{wrong['arrival_id']}/reversal"
        asked = await season.ask("POST", path, json=why, expect=202, http=season.approver)
        waiting = await season.ask("POST", path, json=why, expect=409, http=season.approver)
        assert waiting["type"] == "urn:canbao:problem:approval-waiting"
        assert await self.taken_back(season) == []

        approval = f"/v1/approvals/{asked['approval_id']}/approve"
        await season.ask("POST", approval, json={}, expect=403, http=season.approver)
        await season.ask("POST", approval, json={})

        assert await self.taken_back(season) == [(wrong["arrival_id"], 50_000)]
        refused = await enter(season, row, expect=409)
        assert refused["type"] == "urn:canbao:problem:arrival-was-reversed"
        assert refused["references"] == ["ZF-1"]
        assert (await enter(season, row | {"amount_fen": 5_000}))["repeated"] == 0
        listed = (await season.ask("GET", "/v1/fund-arrivals"))["items"]
        assert [(one["amount_fen"], one["reversed_at"] is None) for one in listed] == [
            (50_000, False),
            (5_000, True),
        ]
        again = await season.ask("POST", path, json=why, expect=409, http=season.approver)
        assert again["type"] == "urn:canbao:problem:arrival-reversed"

    async def taken_back(self, season):
        told = [fact for fact in await season.published() if isinstance(fact, FundsReversed)]
        return [(fact.arrival_id, fact.amount_fen) for fact in told]

    async def send(self, season, *rows, expect=201):
        text = "\n".join(["资助方,凭证号,金额（元）,到账时间", *rows])
        return await season.ask(
            "POST", "/v1/fund-arrivals/file?county=huining&coverage_year=2021",
            content=text.encode("gb18030"), headers={"content-type": "text/csv"},
            http=season.approver, expect=expect,
        )  # fmt: skip

    async def test_come_as_a_file_of_finance_and_count_once_with_what_was_typed(self, season):
        await enter(season, {"reference": "ZF-1", "amount_fen": 50_000})

        answer = await self.send(
            season,
            "县财政,ZF-1,500.00,2020-12-28T10:00:00+08:00",
            '县财政,ZF-2,"1,200.50",2020-12-29T10:00:00+08:00',
        )

        assert [(one["reference"], one["amount_fen"]) for one in answer["arrivals"]] == [("ZF-2", 120_050)]
        assert answer["repeated"] == 1

    async def test_have_no_template_where_there_is_no_notice(self, season):
        path = "/v1/fund-arrivals/template?county=nowhere&coverage_year=2021"

        problem = await season.ask("GET", path, http=season.approver, expect=404)

        assert problem["detail_zh"] == "没有该县该年度的参保通知。"

    async def test_of_a_file_with_a_wrong_row_are_none(self, season):
        problem = await self.send(
            season,
            "县财政,ZF-1,500.00,2020-12-28T10:00:00+08:00",
            "县财政,ZF-2,很多,2020-12-29T10:00:00+08:00",
            expect=422,
        )

        assert [error["pointer"] for error in problem["errors"]] == ["#/file/3/yuan"]
        assert await season.rows("SELECT * FROM fund_arrivals") == []

    @pytest.mark.parametrize(
        ("row", "said"),
        [
            ("县财政," + "9" * 200_000 + ",500.00,2020-12-28 10:00", "第 2 行无法读取"),
            ('县财政,"ZF-1,500.00,2020-12-28 10:00', "无法读取"),
            ("", "没有数据行"),
        ],
    )
    async def test_of_a_file_that_cannot_be_read_say_how_to_mend_it(self, season, row, said):
        assert said in (await self.send(season, row, expect=422))["detail_zh"]

    async def test_of_a_spreadsheet_are_read_as_it_writes_them(self, season):
        (one,) = (await self.send(season, "县财政,ZF-1,500元,2020/12/28 9:05"))["arrivals"]

        assert (one["amount_fen"], one["arrived_at"]) == (50_000, "2020-12-28T09:05:00+08:00")
