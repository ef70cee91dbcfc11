"""What callers can rely on whatever they ask: strict members, one rule of keys, instants of the county."""

from typing import Any

import pytest

from tests.integration.subsidy.conftest import aid, id_number

CARD = {
    "id_number": id_number(1),
    "account_no": "6221550000000000018",
    "bank": "会宁农商银行",
    "holder": "林小明",
}


class TestMembers:
    @pytest.mark.parametrize(
        ("path", "body", "pointer"),
        [
            (
                "/v1/payout-batches",
                {"county": "huining", "coverage_year": 2021, "divison": "62"},
                "#/divison",
            ),
            ("/v1/refunds", {"payment_id": 1, "line_no": 1, "reason": "x", "amount": 5}, "#/amount"),
            ("/v1/refunds/1/approve", {"notee": "x"}, "#/notee"),
        ],
    )
    async def test_that_nobody_knows_are_refused_by_their_place(
        self, season: Any, path: str, body: Any, pointer: str
    ) -> None:
        answer = await season.http.post(path, json=body)
        assert answer.status_code == 422
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]

    async def test_of_a_card_keep_only_that_card_out(self, season: Any) -> None:
        answer = await season.ask(
            "POST", "/v1/cards:batch", json=[CARD, CARD | {"id_number": id_number(2), "acount_no": "1"}]
        )
        assert answer["accepted"] == 1
        [rejected] = answer["rejected"]
        assert rejected["index"] == 1
        assert [error["pointer"] for error in rejected["problem"]["errors"]] == ["#/acount_no"]

    async def test_every_fault_of_a_card_is_named_in_both_languages(self, season: Any) -> None:
        answer = await season.ask(
            "POST", "/v1/cards:batch", json=[{"id_number": "1", "account_no": "x", "bank": "a|b"}]
        )
        errors = answer["rejected"][0]["problem"]["errors"]
        assert {error["pointer"] for error in errors} == {"#/id_number", "#/account_no", "#/bank", "#/holder"}
        assert all(error["detail"] and error["detail_zh"] for error in errors)

    async def test_of_a_query_are_refused_too(self, season: Any) -> None:
        answer = await season.http.get("/v1/payouts?stat=ready")
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "query/stat")


class TestKeys:
    async def test_a_repeated_list_of_cards_gets_the_first_answer(self, season: Any) -> None:
        headers = {"idempotency-key": '"cards-1"'}
        first = await season.http.post("/v1/cards:batch", json=[CARD], headers=headers)
        again = await season.http.post("/v1/cards:batch", json=[CARD], headers=headers)
        assert again.content == first.content
        assert again.headers["canbao-repeated"] == "true"
        other = await season.http.post("/v1/cards:batch", json=[], headers=headers)
        assert (other.status_code, other.json()["type"]) == (422, "urn:canbao:problem:idempotency-key-reused")

    @pytest.mark.parametrize(
        "path",
        [
            "/v1/cards:batch", "/v1/payouts/1/retry", "/v1/payout-batches", "/v1/payout-batches/1/results",
            "/v1/refunds", "/v1/refunds/1/approve", "/v1/refunds/1/reject",
        ],
    )  # fmt: skip
    async def test_every_change_needs_one(self, season: Any, client: Any, path: str) -> None:
        bare = await client(season.context, app=season.app, keys=False)
        answer = await bare.post(path, json={})
        assert (answer.status_code, answer.json()["type"]) in (
            (400, "urn:canbao:problem:idempotency-key-missing"),
            (422, "urn:canbao:problem:invalid-request"),
        )
        if answer.status_code == 422:
            answer = await bare.post(path, json=BODIES[path])
            assert answer.json()["type"] == "urn:canbao:problem:idempotency-key-missing"


BODIES: dict[str, Any] = {
    "/v1/payout-batches": {"county": "huining", "coverage_year": 2021},
    "/v1/refunds": {"payment_id": 1, "line_no": 1, "reason": "x"},
}


class TestInstants:
    async def test_are_told_in_the_time_of_the_county(self, season: Any) -> None:
        await season.send(season.assessed(1, aid=(aid(),)))
        await season.send(season.paid(1, aid=(aid(),)))
        person = await season.ask("GET", "/v1/persons/1/subsidies")
        assert person["grants"][0]["granted_at"].endswith("+08:00")
