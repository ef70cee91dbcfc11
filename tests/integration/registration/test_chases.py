"""Chasing: the same person is on one officer's list, and leaves it by itself when the money is there."""

from typing import Any

import pytest

from services.registration.enrollments.handlers import COLLECTION
from tests.integration.registration.builders import OTHER_VILLAGE, VILLAGE, household, member, number, paid
from tests.integration.registration.test_surveys import Survey, one

CONTACT = {"kind": "contact", "means": "visit", "outcome": "promised"}


@pytest.fixture
def survey(registration) -> Survey:
    return Survey(registration)


async def step(survey: Survey, *steps: dict[str, Any], http: Any = None, at: str = "2019-11-20") -> Any:
    body = {"county": "youxi", "coverage_year": 2020, "steps": list(steps)}
    answer = await (http or survey.registration.http).post(
        "/v1/chases/steps", json=body, headers={"canbao-clock": f"{at}T10:00:00+08:00"}
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


def kinds(kept: dict[str, Any]) -> list[str]:
    return [row["problem"]["type"].rsplit(":", 1)[1] for row in kept["rejected"]]


async def officer(survey: Survey, name: str, division: str = VILLAGE) -> Any:
    return await survey.registration.client(
        scopes=["survey:read", "survey:write"], division=division, subject=name
    )


class TestChasing:
    async def test_is_one_officers_until_they_let_go(self, survey):
        await survey.send(one("张三"))
        row_id = (await survey.search())[0]["row_id"]
        first, second = await officer(survey, "甲"), await officer(survey, "乙")
        assert await step(survey, {"row_id": row_id, "kind": "take"}, http=first) == {
            "accepted": 1,
            "rejected": [],
        }
        refused = await step(survey, {"row_id": row_id, **CONTACT}, http=second)
        assert kinds(refused) == ["chased-by-another"]
        assert refused["rejected"][0]["problem"]["taken_by"] == "甲"

        await step(survey, {"row_id": row_id, "kind": "release"}, http=first)
        await step(survey, {"row_id": row_id, **CONTACT, "next_on": "2019-11-30"}, http=second)

        (row,) = await survey.search()
        assert (row["chase"]["taken_by"], row["chase"]["next_on"]) == ("乙", "2019-11-30")
        query = {"county": "youxi", "coverage_year": 2020, "row_id": row_id}
        history = (await survey.registration.get("/v1/chases/steps", **query)).json()["items"]
        assert [(done["kind"], done["entered_by"]) for done in history] == [
            ("contact", "乙"),
            ("release", "甲"),
            ("take", "甲"),
        ]

    async def test_ends_by_itself_when_the_money_is_there(self, survey):
        known = number()
        await survey.registration.register(household("1", member("张三", known)))
        await survey.registration.assess()
        await survey.send(one("张三", id_number=known))
        row_id = (await survey.search())[0]["row_id"]
        await step(survey, {"row_id": row_id, **CONTACT})
        enrollment = (await survey.registration.enrollment(known))["enrollment"]
        await survey.registration.handle(COLLECTION, paid(enrollment, "2019-11-21T09:00:00+08:00"))

        assert await survey.search(on_list="unpaid", taken_by="test") == []
        assert kinds(await step(survey, {"row_id": row_id, **CONTACT}, at="2019-11-22")) == [
            "nothing-to-chase"
        ]

    async def test_goes_on_when_the_person_is_registered_and_the_base_renewed(self, survey):
        known = number()
        await survey.send(one("张三", id_number=known))
        await step(survey, {"row_id": (await survey.search())[0]["row_id"], "kind": "take"})
        await survey.registration.register(household("1", member("张三", known)))
        await survey.send(one("张三", "13800000000", id_number=known), at="2019-11-21T10:00:00+08:00")
        person_id = await survey.registration.person_id(known)
        other = await officer(survey, "乙")

        assert kinds(await step(survey, {"person_id": person_id, "kind": "take"}, http=other)) == [
            "chased-by-another"
        ]
        (row,) = await survey.search()
        assert row["chase"]["taken_by"] == "test"

    async def test_lists_what_is_due_and_who_is_free(self, survey):
        await survey.send(one("张三"), one("李四", no="2"), one("王五", no="3"))
        rows = {row["name"]: row["row_id"] for row in await survey.search()}
        await step(
            survey,
            {"row_id": rows["张三"], **CONTACT, "next_on": "2019-12-01", "next_step": "再入户"},
            {"row_id": rows["李四"], "kind": "take"},
            at="2019-11-15",
        )

        assert [row["name"] for row in await survey.search(next_by="2019-12-02")] == ["张三"]
        mine = await survey.search(taken_by="test")
        assert {row["name"] for row in mine} == {"张三", "李四"}
        # The search happens on 20 December, more than 14 days after both.
        assert len(await survey.search(free=True)) == 3

    async def test_leaves_what_was_heard_last_to_whoever_comes_next(self, survey):
        await survey.send(one("张三"), one("李四", no="2"))
        row_id = (await survey.search(name="张三", division_code=VILLAGE))[0]["row_id"]
        await step(survey, {"row_id": row_id, **CONTACT, "next_on": "2019-12-01", "next_step": "再入户"})
        first, second = await survey.search()
        assert first["last_contact"] == {"at": "2019-11-20T10:00:00+08:00", "outcome": "promised"}
        assert second["last_contact"] is None
        query = {"county": "youxi", "coverage_year": 2020, "division_code": VILLAGE}
        printed = (await survey.registration.get("/v1/surveys/roster", **query)).text
        assert "11-20答应缴费；12-01再入户" in printed

        await step(survey, {"row_id": row_id, "kind": "release"}, at="2019-11-21")
        (row,) = await survey.search(name="张三", division_code=VILLAGE)
        assert (row["chase"], row["last_contact"]["outcome"]) == (None, "promised")
        assert await survey.search(next_by="2019-12-02") == []

    async def test_steps_of_one_request_see_each_other_and_other_villages_are_refused(self, survey):
        await survey.send(one("张三"), one("李四", village=OTHER_VILLAGE))
        rows = {row["name"]: row["row_id"] for row in await survey.search()}
        village = await officer(survey, "甲")
        kept = await step(
            survey,
            {"row_id": rows["张三"], "kind": "take"},
            {"row_id": rows["张三"], "kind": "release"},
            {"row_id": rows["张三"], "kind": "release"},
            {"row_id": rows["李四"], "kind": "take"},
            {"row_id": 9_000_000, "kind": "take"},
            http=village,
        )

        assert kept["accepted"] == 2
        assert kinds(kept) == ["chase-not-yours", "outside-division", "not-on-list"]
