"""Lists of cards: what is kept, what is refused, and who may see an account."""

import pytest

from libs.common.events.subsidy import CardRecorded
from tests.unit.test_blank_tables import filled

from .conftest import aid, at


class TestCards:
    async def test_good_rows_are_kept_and_bad_ones_say_how_to_mend_them(self, season):
        good, short, wrong = season.card(1), season.card(2), season.card(3)
        answer = await season.cards(
            good, short | {"account_no": "123"}, wrong | {"id_number": "62042219800101001X"}
        )

        assert (answer["accepted"], [row["index"] for row in answer["rejected"]]) == (1, [1, 2])
        faults = [row["problem"]["errors"][0] for row in answer["rejected"]]
        assert [fault["pointer"] for fault in faults] == ["#/account_no", "#/id_number"]
        assert all(fault["detail_zh"] for fault in faults)

    async def test_a_row_tells_all_its_faults_and_a_misspelled_member_is_one(self, season):
        row = season.card(1) | {"account_no": "123", "holder": "a|b", "holdr": "张三", "id_number": 7}
        answer = await season.cards(row, season.card(2) | {"account_no": None}, "no row")

        faults = [
            [(fault["pointer"], fault["detail"]) for fault in row["problem"]["errors"]]
            for row in answer["rejected"]
        ]
        assert faults == [
            [
                ("#/id_number", "Must be text in quotes."),
                ("#/account_no", "An account number has 8 to 32 digits."),
                ("#/holder", "Needs 1 to 60 characters without separators or control characters."),
                ("#/holdr", "Not a member of this request. Remove it."),
            ],
            [("#/account_no", "Must be text in quotes.")],
            [("#", "Must be an object in curly brackets.")],
        ]

    async def test_no_answer_repeats_a_number(self, season):
        row = season.card(2) | {"account_no": "62215A"}
        answer = await season.cards(row)

        assert row["id_number"] not in str(answer)
        assert "62215A" not in str(answer)

    async def test_may_come_before_anybody_knows_the_person(self, season):
        assert (await season.cards(season.card(1)))["waiting_for_person"] == 1
        await season.send(season.assessed(1, aid=[aid()]))
        await season.send(season.paid(1, aid=[aid()]))

        assert [row[-1] for row in await season.payouts()] == ["ready"]

    async def test_the_same_list_again_changes_nothing(self, season):
        await season.cards(season.card(1), season.card(2))
        answer = await season.cards(season.card(1), season.card(2), days=8)

        assert (answer["accepted"], answer["unchanged"]) == (2, 2)
        assert await season.rows("SELECT count(*) FROM cards") == [(2,)]

    @pytest.mark.parametrize("card_first", [True, False])
    async def test_one_person_has_one_card_also_after_the_number_was_corrected(self, season, card_first):
        corrected = season.assessed(
            1, revision=2, days=6, identity_digests=(season.digest(1), season.digest(2))
        )
        await season.send(season.assessed(1, aid=[aid()]), season.paid(1, aid=[aid()]))
        await season.cards(season.card(1))
        if card_first:
            await season.cards(season.card(2), days=5)
            await season.send(corrected)
        else:
            await season.send(corrected)
            await season.cards(season.card(2), days=7)

        shown = await season.ask("GET", "/v1/persons/1/subsidies")
        assert [card["replaced_at"] is None for card in shown["cards"]] == [True, False]
        assert [row[-1] for row in await season.payouts()] == ["ready"]

    async def test_a_card_of_another_county_replaces_none(self, season):
        await season.send(season.assessed(1, aid=[aid()]))
        await season.cards(season.card(1))
        elsewhere = await season.client(division="350426")
        await season.ask("POST", "/v1/cards:batch", json=[season.card(2)], http=elsewhere)
        both = (season.digest(1), season.digest(2))
        await season.send(season.assessed(1, revision=2, days=6, identity_digests=both))

        assert await season.rows("SELECT count(*) FROM cards WHERE replaced_at IS NULL") == [(2,)]

    async def test_an_account_that_fails_luhn_is_kept_with_a_warning(self, season):
        numbers = ["4111111111111111", "4111111111111112"]
        answer = await season.cards(*(season.card(n) | {"account_no": no} for n, no in enumerate(numbers, 1)))

        assert (answer["accepted"], answer["warnings"]) == (2, [{"index": 1, "warning": "luhn"}])

    async def test_two_accounts_for_one_person_in_a_list_are_refused(self, season):
        answer = await season.cards(season.card(1), season.card(1), season.card(1, account=9))

        assert answer["accepted"] == 1
        assert answer["rejected"][0]["problem"]["first_index"] == 0

    async def test_ndjson_is_read_as_well(self, season):
        import orjson

        content = b"\n".join(orjson.dumps(season.card(n)) for n in range(1, 4))
        headers = {"content-type": "application/x-ndjson"}
        answer = await season.ask("POST", "/v1/cards:batch", content=content, headers=headers)

        assert answer["accepted"] == 3

    async def test_other_bodies_are_refused(self, season):
        for content, kind, status in (
            (b"{", "application/json", 400),
            (b"{}", "application/json", 422),
            (b"a,b", "text/csv", 415),
        ):
            headers = {"content-type": kind}
            await season.ask("POST", "/v1/cards:batch", content=content, headers=headers, expect=status)

    async def test_of_people_elsewhere_are_not_for_this_township(self, season):
        await season.send(season.assessed(1), season.assessed(2, division_code="620422102201"))
        http = await season.client(division="620422101")
        answer = await season.ask("POST", "/v1/cards:batch", json=[season.card(1), season.card(2)], http=http)

        assert answer["accepted"] == 1
        assert answer["rejected"][0]["problem"]["type"].endswith("outside-division")
        refused = "SELECT person_id FROM person_lookups WHERE operation = 'register_cards_refused'"
        assert await season.rows(refused) == [(2,)]

    async def test_of_one_county_pay_nobody_of_another(self, season):
        theirs = await season.client(division="350426")
        await season.ask("POST", "/v1/cards:batch", json=[season.card(1)], http=theirs)
        await season.send(season.assessed(1, aid=[aid()]), season.paid(1, aid=[aid()]))  # of Huining, 6204
        person = await season.ask("GET", "/v1/persons/1/subsidies")
        assert (person["cards"], [grant["payout_state"] for grant in person["grants"]]) == (
            [],
            ["waiting_card"],
        )
        assert await season.rows("SELECT division FROM cards") == [("350426",)]

        mine = await season.client(division="620422")
        answer = await season.ask("POST", "/v1/cards:batch", json=[season.card(1)], http=mine)
        assert (answer["accepted"], answer["unchanged"], answer["payouts_ready"]) == (1, 0, 1)
        answer = await season.ask("POST", "/v1/cards:batch", json=[season.card(1)], http=mine)
        assert answer["unchanged"] == 1
        await season.batch()
        person = await season.ask("GET", "/v1/persons/1/subsidies")
        assert [grant["payout_state"] for grant in person["grants"]] == ["sent"]

    async def test_of_a_township_wait_for_somebody_who_lives_there(self, season):
        mine = await season.client(division="620422102")
        await season.ask("POST", "/v1/cards:batch", json=[season.card(1)], http=mine)
        await season.send(season.assessed(1, division_code="620422101201", aid=[aid()]))
        assert (await season.ask("GET", "/v1/persons/1/subsidies"))["cards"] == []

    async def test_are_sealed_at_rest_and_kept_with_their_history(self, season):
        await season.cards(season.card(1))
        await season.cards(season.card(1, account=2), days=9)

        kept = await season.rows(
            "SELECT account_masked, replaced_at, account_cipher FROM cards ORDER BY card_id"
        )
        assert [(masked, replaced) for masked, replaced, _ in kept] == [
            ("***************0001", at(9)),
            ("***************0002", None),
        ]
        assert all(b"62215" not in bytes(sealed) for *_, sealed in kept)

    async def test_of_a_dry_run_are_judged_and_not_kept(self, season):
        await season.send(season.assessed(1, aid=[aid()]), season.paid(1, aid=[aid()]))
        path = "/v1/cards:batch?dry_run=true"
        odd = season.card(1) | {"account_no": "4111111111111112", "holder": "李四"}
        told = await season.ask("POST", path, json=[odd])
        ready = await season.ask("POST", path, json=[season.card(1), season.card(2) | {"bank": "a;b"}])

        assert {one["warning"] for one in told["warnings"]} == {"luhn", "holder_differs"}
        assert (told["dry_run"], told["payouts_ready"]) == (True, 0)
        assert (ready["accepted"], ready["payouts_ready"], ready["rejected"][0]["index"]) == (1, 1, 1)
        assert await season.rows("SELECT (SELECT count(*) FROM cards), (SELECT count(*) FROM cases)") == [
            (0, 0)
        ]
        assert [state for *_, state in await season.payouts()] == ["waiting_card"]
        looks = "SELECT DISTINCT operation FROM person_lookups WHERE person_id = 1"
        assert await season.rows(looks) == [("try_cards",)]

    async def test_of_a_file_are_kept_and_what_is_wrong_is_told_by_its_line(self, season):
        titles = "身份证号码,账号,开户行,户名"
        lines = [",".join(season.card(no).values()) for no in (1, 2)]
        content = "\n".join([titles, lines[0], "", ",12,农商银行,张三", lines[1]]).encode("gb18030")
        headers = {"content-type": "text/csv"}
        answer = await season.ask("POST", "/v1/cards/file", content=content, headers=headers)

        assert (answer["dry_run"], answer["accepted"]) == (False, 2)
        [wrong] = answer["rejected"]
        assert wrong["index"] == 4
        assert [one["pointer"] for one in wrong["problem"]["errors"]] == ["#/id_number", "#/account_no"]
        nothing = await season.ask(
            "POST", "/v1/cards/file", content="户名\n张三".encode(), headers=headers, expect=422
        )
        assert "首行须有列名" in nothing["detail_zh"]

    async def test_of_the_template_that_is_filled_in_are_read(self, season):
        made = await season.ask("GET", "/v1/cards/template")
        titles = ("证件号码", "社保卡账号", "开户银行", "户名")
        row = dict(zip(titles, season.card(1).values(), strict=True))
        body = filled(made.content, row)
        answer = await season.ask("POST", "/v1/cards/file?dry_run=true", content=body)

        assert (answer["accepted"], answer["rejected"]) == (1, [])

    async def test_need_the_key_of_the_vault(self, service_context, client):
        context = await service_context("subsidy")
        http = await client(context)
        answer = await http.post("/v1/cards:batch", json=[])

        assert (answer.status_code, answer.json()["type"]) == (503, "urn:canbao:problem:account-key-missing")
        assert "CANBAO_SUBSIDY_ACCOUNT_KEY" in (await context.readiness.failures())["account_key"]


class TestPerson:
    async def test_shows_what_was_promised_granted_and_paid(self, season):
        await season.send(season.assessed(1, aid=[aid()]), season.paid(1, aid=[aid()]))
        await season.cards(season.card(1))
        await season.batch()
        person = await season.ask("GET", "/v1/persons/1/subsidies")

        assert person["expected"][0]["offers"][0]["lines"][0]["amount_fen"] == 20_000
        assert [(g["status"], g["assessment_id"], g["payout_state"]) for g in person["grants"]] == [
            ("dibao", 10_001, "sent")
        ]
        assert person["cards"][0]["account_no"] == "6221550000000000001"

    async def test_hides_the_account_from_whoever_may_not_see_it(self, season):
        await season.send(season.assessed(1))
        await season.cards(season.card(1))
        http = await season.client(scopes=["subsidy:read"])
        person = await season.ask("GET", "/v1/persons/1/subsidies", http=http)

        assert (person["cards"][0]["account_masked"], person["cards"][0]["account_no"]) == (
            "***************0001", None,
        )  # fmt: skip
        await season.ask("GET", "/v1/payout-batches/1/file", http=http, expect=403)

    async def test_every_look_up_is_on_record(self, season):
        await season.send(season.assessed(1, aid=[aid()]), season.paid(1, aid=[aid()]))
        await season.ask("GET", "/v1/persons/1/subsidies")
        await season.ask("GET", "/v1/payouts?state=waiting_card")

        seen = await season.rows("SELECT operation, person_id, subject FROM person_lookups ORDER BY id")
        assert seen == [("get_person_subsidies", 1, "test"), ("list_payouts", 1, "test")]

    async def test_of_another_township_is_not_shown(self, season):
        await season.send(season.assessed(1))
        http = await season.client(division="620422102")

        await season.ask("GET", "/v1/persons/1/subsidies", http=http, expect=403)
        assert (await season.ask("GET", "/v1/payouts", http=http))["items"] == []

    async def test_whom_nobody_knows_is_not_found(self, season):
        problem = await season.ask("GET", "/v1/persons/404/subsidies", expect=404)

        assert problem["type"].endswith("person-not-assessed")


class TestLists:
    async def test_are_read_page_by_page(self, season):
        await season.send(*(season.paid(p, aid=[aid()]) for p in range(1, 6)))
        first = await season.ask("GET", "/v1/payouts?limit=3&county=huining&coverage_year=2021")
        rest = await season.ask("GET", f"/v1/payouts?limit=3&after={first['next_after']}")

        assert [p["person_id"] for p in (*first["items"], *rest["items"])] == [1, 2, 3, 4, 5]
        assert rest["next_after"] is None

    async def test_totals_by_payer(self, season):
        await season.send(*(season.paid(p, aid=[aid()]) for p in (1, 2)))
        totals = await season.ask("GET", "/v1/grants/totals?county=huining&coverage_year=2021")

        assert totals["next_after"] is None
        assert totals["items"] == [
            {"payer": "county_finance", "mechanism": "reimburse_to_card", "status": "dibao", "number": 2,
             "amount_fen": 40_000},
        ]  # fmt: skip

    async def test_batches_of_a_county(self, season):
        await season.send(season.paid(1, aid=[aid()]))
        await season.cards(season.card(1))
        await season.send(season.assessed(1))
        batch = await season.batch()

        listed = await season.ask("GET", "/v1/payout-batches?county=huining")
        (only,) = listed["items"]
        assert (only["batch_id"], only["decided_by"]) == (batch["batch_id"], "approver")
        assert (await season.ask("GET", "/v1/payout-batches?county=youxi"))["items"] == []

    async def test_metrics_count_payouts_by_state(self, season):
        await season.send(season.paid(1, aid=[aid()]))
        answer = await season.ask("GET", "/metrics")

        assert 'canbao_payouts{state="waiting_card"} 1.0' in answer.text


class TestOthersAreTold:
    async def told(self, season):
        return [fact.person_id for fact in await season.published() if isinstance(fact, CardRecorded)]

    async def test_once_of_each_person_who_has_a_card_and_nothing_of_the_account(self, season):
        await season.send(season.assessed(1), season.assessed(2))
        await season.cards(season.card(1))
        await season.cards(season.card(1) | {"bank": "农业银行"})
        await season.send(season.assessed(1, revision=2))

        assert await self.told(season) == [1]
        [fact] = [one for one in await season.published() if isinstance(one, CardRecorded)]
        assert set(fact.model_dump()) == {"person_id", "county", "recorded_at"}

    async def test_of_a_card_that_came_first_when_its_owner_is_known(self, season):
        await season.cards(season.card(3))
        assert await self.told(season) == []

        await season.send(season.assessed(3))

        assert await self.told(season) == [3]
