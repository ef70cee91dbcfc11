"""Every operation that makes or changes something takes effect once, and takes only what it knows."""

from itertools import product

import pytest
from sqlalchemy import text

from services.registration.enrollments import completions_store as store
from services.registration.enrollments.rules import STATES, state_after
from services.registration.tables import persons
from tests.integration.registration.builders import household, member, moment, number

KEY = {"idempotency-key": '"a-key"'}
ROSTER = {
    "county": "youxi",
    "coverage_year": 2020,
    "status": "medical_assistance_1",
    "department": "civil_affairs",
    "listed_on": "2019-09-20",
}


def upload(form=None, body=b"x", **more):
    fields = {"kind": "households", "county": "youxi", "coverage_year": "2020"} | (form or {})
    return {"files": {"file": ("people.csv", body)}, "data": fields} | more


class TestOnce:
    async def test_a_batch_that_is_repeated_gets_the_first_answer(self, registration):
        rows = [household("H1")]
        first = await registration.http.post("/v1/households:batch", json=rows, headers=KEY)
        again = await registration.http.post("/v1/households:batch", json=rows, headers=KEY)
        assert (again.json(), again.headers["canbao-repeated"]) == (first.json(), "true")
        other = await registration.http.post("/v1/households:batch", json=[household("H2")], headers=KEY)
        assert (other.status_code, other.json()["type"]) == (422, "urn:canbao:problem:idempotency-key-reused")
        assert await registration.value("SELECT count(*) FROM households") == 1

    async def test_an_upload_that_is_repeated_makes_one_import(self, registration):
        first = await registration.http.post("/v1/imports", **upload(headers=KEY))
        again = await registration.http.post("/v1/imports", **upload(headers=KEY))
        assert (first.status_code, again.status_code) == (202, 202)
        assert again.json() == first.json()
        other = await registration.http.post("/v1/imports", **upload(body=b"y", headers=KEY))
        assert other.status_code == 422
        other = await registration.http.post("/v1/imports", **upload({"dry_run": "true"}, headers=KEY))
        assert other.status_code == 422
        assert await registration.value("SELECT count(*) FROM imports") == 1

    async def test_a_number_that_is_somebody_elses_is_refused_again_with_the_same_case(self, registration):
        wrong, taken = number(), number()
        await registration.register(
            household("H1", member("张三", wrong)), household("H2", member("李四", taken))
        )
        path = f"/v1/persons/{await registration.person_id(wrong)}/documents/correction"
        body = {"wrong_number": wrong, "right_number": taken, "reason": "录入错误"}
        first = await registration.http.post(path, json=body, headers=KEY)
        again = await registration.http.post(path, json=body, headers=KEY)
        assert (first.status_code, again.status_code) == (409, 409)
        assert again.json()["case_id"] == first.json()["case_id"]

    async def test_an_enrollment_cancelled_and_opened_again_is_not_cancelled_by_a_late_repetition(
        self, registration
    ):
        head = number()
        await registration.register(household("H1", member("张三", head)))
        enrollment = (await registration.enrollment(head))["enrollment"]
        path = f"/v1/enrollments/{enrollment['enrollment_id']}/cancel"
        first = await registration.http.post(path, json={"reason": "moved"}, headers=KEY)
        wanted = {"person_id": await registration.person_id(head), "county": "youxi", "coverage_year": 2020}
        await registration.post("/v1/enrollments", wanted)
        again = await registration.http.post(path, json={"reason": "moved"}, headers=KEY)
        assert again.json() == first.json()
        assert (await registration.enrollment(head))["enrollment"]["state"] == "registered"

    @pytest.mark.parametrize(
        ("path", "request_"),
        [
            ("/v1/households:batch", {"json": []}),
            ("/v1/imports", upload()),
            ("/v1/rosters", {"json": ROSTER | {"rows": []}}),
            ("/v1/life-events", {"json": {"rows": []}}),
            ("/v1/enrollments", {"json": {"person_id": 1, "county": "youxi", "coverage_year": 2020}}),
            ("/v1/enrollments/1/cancel", {"json": {"reason": "moved"}}),
            ("/v1/notices/youxi/2020/reassess", {}),
        ],
    )
    async def test_without_a_key_nothing_is_done(self, registration, path, request_):
        http = await registration.client(keys=False)
        answer = await http.post(path, **request_)
        assert (answer.status_code, answer.json()["type"]) == (
            400,
            "urn:canbao:problem:idempotency-key-missing",
        )


class TestStrict:
    async def test_a_misspelled_member_of_a_row_is_named_in_both_languages(self, registration):
        wrong = household("H1", member("张三", hukow="county", employee_insurrance={"state": "active"}))
        wrong["enroll"] = wrong["enroll"] | {"teir": 1}
        answer = await registration.register(wrong, household("H2"))
        assert answer["accepted"] == 1
        errors = answer["rejected"][0]["problem"]["errors"]
        assert {error["pointer"] for error in errors} == {
            "#/members/0/hukow",
            "#/members/0/employee_insurrance",
            "#/enroll/teir",
        }
        assert all(error["detail"] and error["detail_zh"] for error in errors)

    async def test_a_misspelled_member_of_a_roster_row_keeps_that_row_out(self, registration):
        row = {"id_number": number(), "effective_on": "2019-03-01", "gradee": 2}
        answer = (await registration.post("/v1/rosters", ROSTER | {"rows": [row]})).json()
        assert [error["pointer"] for error in answer["rejected"][0]["problem"]["errors"]] == ["#/gradee"]

    @pytest.mark.parametrize(
        ("path", "body", "pointer"),
        [
            ("/v1/rosters", ROSTER | {"rows": [], "gradee": 2}, "#/gradee"),
            (
                "/v1/enrollments",
                {"person_id": 1, "county": "youxi", "coverage_year": 2020, "teir": 1},
                "#/teir",
            ),
            ("/v1/persons/search", {"id_number": "1", "name": "张三", "porpose": "x"}, "#/porpose"),
            ("/v1/life-events", {"rows": [], "row": []}, "#/row"),
        ],
    )
    async def test_a_misspelled_member_of_a_body_is_refused(self, registration, path, body, pointer):
        answer = await registration.post(path, body)
        assert answer.status_code == 422
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]

    async def test_a_misspelled_correction_changes_nothing(self, registration):
        head = number()
        await registration.register(household("H1", member("张三", head)))
        path = f"/v1/persons/{await registration.person_id(head)}"
        answer = await registration.http.patch(path, json={"name": "李四", "hukow": "city"})
        assert [error["pointer"] for error in answer.json()["errors"]] == ["#/hukow"]
        assert await registration.opened("SELECT name FROM persons", persons.c.name) == ["张三"]

    async def test_a_misspelled_form_field_is_refused(self, registration):
        answer = await registration.http.post("/v1/imports", **upload({"dryrun": "true"}))
        assert answer.status_code == 422
        assert "dryrun" in answer.json()["errors"][0]["pointer"]

    async def test_a_misspelled_query_parameter_is_refused(self, registration):
        answer = await registration.get(
            "/v1/reports/late-entitlements", county="youxi", coverage_year=2020, limt=1
        )
        assert [error["pointer"] for error in answer.json()["errors"]] == ["query/limt"]


class TestStates:
    async def test_the_statement_decides_as_the_rules_do(self, registration):
        heads = {case: number() for case in product(STATES, (False, True), (False, True))}
        await registration.register(
            *(household(f"H{n}", member("张三", head)) for n, head in enumerate(heads.values()))
        )
        engine, expected = registration.context.engine, {}
        async with engine.begin() as conn:
            for (before, paid, granted), head in heads.items():
                enrollment = (await registration.enrollment(head))["enrollment"]["enrollment_id"]
                expected[enrollment] = state_after(before, paid=paid, granted=granted)
                await conn.execute(
                    text("UPDATE enrollments SET state = :state WHERE id = :id"),
                    {"state": before, "id": enrollment},
                )
                for kind in [*(["payment"] if paid else []), *(["grant"] if granted else [])]:
                    await conn.execute(
                        text(
                            "INSERT INTO completions (kind, reference, county, coverage_year, enrollment_id,"
                            " amount_fen, completed_at) VALUES (:kind, :ref, 'youxi', 2020, :id, 1, now())"
                        ),
                        {"kind": kind, "ref": str(enrollment), "id": enrollment},
                    )
            await store.recount(conn, dict.fromkeys(expected, moment("2019-12-01T09:00:00+08:00")))
        found = await registration.rows("SELECT id, state FROM enrollments")
        assert {row.id: row.state for row in found} == expected
