"""The surface: the contract over HTTP, the OpenAPI document, the workers together."""

import asyncio

import orjson
from openapi_spec_validator import validate

from tests.integration.registration.builders import household

QUESTION = {
    "case": "yx-01",
    "county": "youxi",
    "year": 2020,
    "at": "2019-11-20T10:00:00+08:00",
    "person": {"born": "1980-06-15", "sex": "female", "hukou": "county"},
}


class TestAssessments:
    async def test_one_question_is_answered_without_storing_anything(self, registration):
        answer = (await registration.post("/v1/assessments", QUESTION)).json()
        assert (answer["case"], answer["own_due_fen"]) == ("yx-01", 25_000)
        assert await registration.value("SELECT count(*) FROM assessments") == 0

    async def test_many_questions_are_answered_in_order_and_a_bad_line_in_its_place(self, registration):
        lines = [orjson.dumps(QUESTION | {"case": n}) for n in range(500)]
        lines[7] = orjson.dumps({"case": 7, "county": "youxi"})
        lines[8] = b"{"
        answer = await registration.http.post(
            "/v1/assessments", content=b"\n".join(lines), headers={"content-type": "application/x-ndjson"}
        )
        answers = [orjson.loads(line) for line in answer.content.splitlines()]
        assert [a["case"] for a in answers if a["case"] is not None] == [n for n in range(500) if n != 8]
        assert answers[7]["error"]["status"] == 422
        assert answers[8]["error"]["status"] == 400

    async def test_a_question_that_cannot_be_read_is_a_problem(self, registration):
        answer = await registration.post("/v1/assessments", QUESTION | {"person": {}})
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail_zh"]

    async def test_the_scope_is_needed(self, registration):
        http = await registration.client(scopes=["registration:read"])
        assert (await http.post("/v1/assessments", json=QUESTION)).status_code == 403


class TestDocument:
    async def test_the_openapi_document_is_valid_and_every_body_has_an_example(self, registration):
        document = (await registration.get("/openapi.json")).json()
        validate(document)
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                for media in operation.get("requestBody", {}).get("content", {}).values():
                    schema = media["schema"]
                    name = schema.get("$ref", "").rsplit("/", 1)[-1]
                    found = "example" in media or document["components"]["schemas"].get(name, {})
                    assert found, f"{method} {path} has no example"


class TestWorkers:
    async def test_what_is_registered_is_assessed_and_published_by_itself(self, registration, running):
        await running(registration.context)
        await registration.register(*(household(f"H{n}") for n in range(20)))
        async with asyncio.timeout(20):
            while (await registration.context.backlog.snapshot())["counters"].get("assessed") != 20:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            while any((await registration.context.backlog.snapshot())["pending"].values()):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert await registration.value("SELECT count(*) FROM enrollments WHERE state = 'assessed'") == 20
