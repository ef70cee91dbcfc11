"""What every operation has in common: nothing unknown is dropped, and a key makes a request count once."""

from importlib import import_module

import pytest

from canbao.simulator.files.tables import as_workbook

from .conftest import aid, at

KEY = {"idempotency-key": '"season-1"'}
BATCH = {"county": "huining", "coverage_year": 2021}


async def owed(season, person_id: int) -> None:
    """A person who paid and waits for 20,000 fen on the card."""
    await season.send(season.assessed(person_id, aid=[aid()]), season.paid(person_id, aid=[aid()]))
    await season.cards(season.card(person_id))


async def failed(season) -> dict:
    """A payout that the bank failed."""
    await owed(season, 1)
    batch = await season.batch()
    await season.results(batch["batch_id"], ("P0000000001-01", "failed", 20_000, "系统繁忙"))
    return batch


class TestUnknown:
    @pytest.mark.parametrize(
        ("path", "body", "pointer"),
        [
            ("/v1/payout-batches", BATCH | {"year": 2021}, "#/year"),
            ("/v1/refunds", {"payment_id": 1, "line_no": 1, "reason": "x", "amont_fen": 1}, "#/amont_fen"),
            ("/v1/refunds/1/approve", {"notes": "ok"}, "#/notes"),
            ("/v1/refunds/1/reject", {"notes": "ok"}, "#/notes"),
        ],
    )
    async def test_members_are_refused_with_their_place(self, season, path, body, pointer):
        problem = await season.ask("POST", path, json=body, expect=422)

        assert [error["pointer"] for error in problem["errors"]] == [pointer]
        assert problem["errors"][0]["detail_zh"]

    @pytest.mark.parametrize(
        "path",
        ["/v1/payouts", "/v1/refunds", "/v1/payout-batches", "/v1/persons/1/subsidies", "/v1/grants/totals"],
    )
    async def test_parameters_are_refused(self, season, path):
        problem = await season.ask("GET", f"{path}?year=2021", expect=422)

        assert "query/year" in [error["pointer"] for error in problem["errors"]]

    async def test_a_place_in_a_list_that_we_did_not_give_is_refused(self, season):
        problem = await season.ask("GET", "/v1/payouts?after=-1", expect=422)

        assert [error["pointer"] for error in problem["errors"]] == ["query/after"]


class TestKey:
    async def test_of_a_batch_gives_the_first_answer_again(self, season):
        await owed(season, 1)
        await season.verified()
        first = await season.http.post("/v1/payout-batches", json=BATCH, headers=KEY)
        await owed(season, 2)
        again = await season.http.post("/v1/payout-batches", json=BATCH, headers=KEY)

        assert (first.status_code, "canbao-repeated" in first.headers) == (201, False)
        assert (again.status_code, again.headers["canbao-repeated"]) == (201, "true")
        assert again.content == first.content
        assert await season.rows("SELECT count(*) FROM batches") == [(1,)]

    async def test_of_another_request_is_refused(self, season):
        await owed(season, 1)
        await season.batch(**KEY)
        other = BATCH | {"county": "youxi"}
        problem = await season.ask("POST", "/v1/payout-batches", json=other, expect=422, headers=KEY)

        assert problem["type"].endswith("idempotency-key-reused")

    async def test_of_a_refused_request_is_free_again(self, season):
        await season.batch(expect=409, **KEY)
        await owed(season, 1)

        assert (await season.batch(**KEY))["declared_count"] == 1

    @pytest.mark.parametrize(
        "path",
        [
            "/v1/cards:batch",
            "/v1/payout-batches",
            "/v1/payout-batches/1/results",
            "/v1/payouts/1/retry",
            "/v1/refunds",
            "/v1/refunds/1/approve",
            "/v1/refunds/1/reject",
        ],
    )
    async def test_is_needed_for_everything_that_changes_something(self, season, client, path):
        http = await client(season.context, app=season.app, keys=False)
        body = {"payment_id": 1, "line_no": 1, "reason": "x"} if path == "/v1/refunds" else {}
        problem = await season.ask(
            "POST", path, json=BATCH if path.endswith("batches") else body, http=http, expect=400
        )

        assert problem["type"].endswith("idempotency-key-missing")

    async def test_of_a_retry_does_it_once(self, season):
        await failed(season)
        first = await season.ask("POST", "/v1/payouts/1/retry", headers=KEY)
        await season.batch(days=9)

        assert await season.ask("POST", "/v1/payouts/1/retry", headers=KEY) == first

    async def test_of_a_list_of_cards_is_bound_to_its_bytes(self, season):
        first = await season.ask("POST", "/v1/cards:batch", json=[season.card(1)], headers=KEY)
        again = await season.ask("POST", "/v1/cards:batch", json=[season.card(1)], headers=KEY)

        assert (first["accepted"], first["unchanged"]) == (1, 0)
        assert again == first
        await season.ask("POST", "/v1/cards:batch", json=[season.card(2)], headers=KEY, expect=422)

    async def test_of_a_refund_requests_it_once(self, season):
        await season.send(season.paid(1))
        body = {
            "payment_id": 5001,
            "line_no": 1,
            "reason": "deceased",
            "amount_fen": 100,
            "exceptional": True,
        }
        first = await season.ask("POST", "/v1/refunds", json=body, headers=KEY, expect=201)

        assert await season.ask("POST", "/v1/refunds", json=body, headers=KEY, expect=201) == first
        assert await season.rows("SELECT count(*) FROM refunds") == [(1,)]

    async def test_of_results_settles_once(self, season):
        await owed(season, 1)
        batch = await season.batch()
        content = (
            b"# count=1 total_fen=20000\npayout_no,outcome,amount_fen,reason\nP0000000001-01,paid,20000,\n"
        )
        path = f"/v1/payout-batches/{batch['batch_id']}/results"
        first = await season.ask("POST", path, content=content, headers=KEY)

        assert await season.ask("POST", path, content=content, headers=KEY) == first
        assert (await season.ask("POST", path, content=content))["repeated"]

    async def test_of_results_in_a_workbook_settles_once_and_whole(self, season, client):
        await owed(season, 1)
        batch = await season.batch()
        path = f"/v1/payout-batches/{batch['batch_id']}/results?profile=results-workbook"
        titles = ["流水号", "金额（元）", "处理结果", "失败原因"]
        rows = [titles, ["P0000000001-01", "200.00", "成功"], ["合计", "1", "200.00"]]
        book = as_workbook(rows)
        refused = await season.ask("POST", path, content=book[:300], expect=422)
        assert refused["errors"][0]["pointer"] == "#/header"
        refused = await season.ask("POST", path, content=as_workbook(rows[:2]), expect=422)
        assert "合计" in refused["errors"][0]["detail"]
        app = season.http._transport.app
        reader = await client(season.context, scopes=["subsidy:read"], app=app)
        await season.ask("POST", path, content=book, http=reader, expect=403)
        other = await client(season.context, division="350427", app=app)
        await season.ask("POST", path, content=book, http=other, expect=403)
        first = await season.ask("POST", path, content=book, headers=KEY)
        assert (first["paid"]["count"], first["paid"]["amount_fen"]) == (1, 20_000)
        assert await season.ask("POST", path, content=book, headers=KEY) == first
        assert (await season.ask("POST", path, content=book))["repeated"]
        assert [state for *_, state in await season.payouts()] == ["paid"]


class TestUpgrade:
    @pytest.mark.parametrize("seconds", [0, 0.25])
    async def test_keeps_the_keys_that_batches_were_made_with(self, season, seconds):
        await owed(season, 1)
        await season.verified()
        headers = KEY | {"canbao-clock": at(5 + seconds / 86_400).isoformat()}
        first = await season.http.post("/v1/payout-batches", json=BATCH, headers=headers)
        migration = import_module("services.subsidy.migrations.versions.0002_idempotency_keys")
        await season.change(
            "DELETE FROM idempotency_keys",
            "ALTER TABLE idempotency_keys ALTER COLUMN answer TYPE text USING NULL",
            "ALTER TABLE batches ADD COLUMN idempotency_key text",
            "UPDATE batches SET idempotency_key = 'season-1'",
            migration.CARRY_OVER,
            "ALTER TABLE idempotency_keys ALTER COLUMN answer TYPE bytea"
            " USING '\\x00'::bytea || convert_to(answer, 'UTF8')",
        )
        again = await season.http.post("/v1/payout-batches", json=BATCH, headers=headers)

        assert (again.status_code, again.headers["canbao-repeated"]) == (201, "true")
        before = again.json()  # as it was answered then, without what batches have since
        assert before == {name: first.json()[name] for name in before}
        assert {"batch_id", "declared_total_fen", "created_at"} <= before.keys()


class TestAnswers:
    async def test_give_instants_of_china(self, season):
        await owed(season, 1)

        assert (await season.batch(days=5))["created_at"] == "2020-09-06T10:00:00+08:00"
