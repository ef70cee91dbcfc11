"""Progress: figures of each township as of an instant, from what happened, never from a snapshot."""

from typing import Any

import pytest
from sqlalchemy import text

from libs.common.bus.consumer import Received
from libs.common.bus.port import Message
from services.registration.enrollments.handlers import COLLECTION, SUBSIDY
from tests.integration.registration.builders import (
    granted,
    household,
    member,
    moment,
    number,
    paid,
    refunded,
)

HERE, THERE = "350426101203", "350426102201"
SEASON = {"county": "youxi", "coverage_year": 2020}
END = "2020-01-01T00:00:00+08:00"


async def told(registration: Any, handler: Any, fact: Any, at: str) -> None:
    """Hand a fact to its handler as it was told at an instant."""
    message = Message(fact.topic, 0, 1, "k", f"{fact.type}{at}", "canbao/test", fact.type, moment(at), b"{}")
    async with registration.context.engine.begin() as conn:
        await handler.handle(conn, [Received(fact, message)])


async def resident(registration: Any, no: str, at: str = "2019-09-02T09:00:00+08:00", **more: Any) -> Any:
    """Somebody who is registered and assessed, with the enrollment."""
    head = number()
    await registration.register(household(no, member("张三", head), **more), at=at)
    await registration.assess()
    shown = await registration.enrollment(head, year=more.get("year", 2020))
    return head, shown["enrollment"]


async def progress(registration: Any, as_of: str, clock: str = END, **season: Any) -> dict[str, Any]:
    answer = await registration.http.get(
        "/v1/progress", params=SEASON | season | {"as_of": as_of}, headers={"canbao-clock": clock}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def unit(shown: dict[str, Any], village: str) -> dict[str, Any]:
    return next(one for one in shown["units"] if one["division_code"] == f"{village[:9]}000")


def counts(shown: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(shown[name] for name in names)


class TestInstants:
    async def test_an_instant_counts_what_was_known_then_and_so_for_ever(self, registration):
        _, first = await resident(registration, "1")
        await resident(registration, "2")
        payment = paid(first, "2019-10-01T10:00:00+08:00")
        # The bank's file comes two days later.
        await told(registration, COLLECTION, payment, "2019-10-03T08:00:00+08:00")
        before = await progress(registration, "2019-10-02T00:00:00+08:00")
        assert counts(unit(before, HERE), "registered", "assessed", "paid", "own_fen") == (2, 2, 0, 0)
        after = await progress(registration, "2019-10-04T00:00:00+08:00")
        assert counts(unit(after, HERE), "registered", "paid", "own_fen") == (2, 1, 25_000)

        await told(
            registration, SUBSIDY, refunded(payment, "2019-11-05T10:00:00+08:00"), "2019-11-06T09:00:00+08:00"
        )
        assert await progress(registration, "2019-10-02T00:00:00+08:00") == before
        assert await progress(registration, "2019-10-04T00:00:00+08:00") == after
        now = unit(await progress(registration, "2019-11-07T00:00:00+08:00"), HERE)
        assert counts(now, "registered", "paid", "refunded", "own_fen") == (2, 0, 1, 0)

    async def test_nobody_counts_before_being_registered(self, registration):
        await resident(registration, "1", at="2019-09-20T09:00:00+08:00")
        early = unit(await progress(registration, "2019-09-19T00:00:00+08:00"), HERE)
        assert early["registered"] == 0

    async def test_a_cancelled_person_counted_until_then(self, registration):
        _, enrollment = await resident(registration, "1")
        path = f"/v1/enrollments/{enrollment['enrollment_id']}/cancel"
        await registration.post(path, {"reason": "moved away"}, "2019-11-01T09:00:00+08:00")
        assert unit(await progress(registration, "2019-10-31T00:00:00+08:00"), HERE)["registered"] == 1
        gone = unit(await progress(registration, "2019-11-02T00:00:00+08:00"), HERE)
        assert counts(gone, "registered", "ended") == (0, 1)

    async def test_an_instant_ahead_is_refused(self, registration):
        answer = await registration.http.get(
            "/v1/progress",
            params=SEASON | {"as_of": "2020-02-01T00:00:00+08:00"},
            headers={"canbao-clock": END},
        )
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:canbao:problem:as-of-ahead")

    async def test_what_an_earlier_release_kept_no_history_of_is_said_and_not_guessed(self, registration):
        head = number()
        await registration.register(household("1", member("张三", head)), at="2019-09-02T09:00:00+08:00")
        async with registration.context.engine.begin() as conn:
            await conn.execute(text("ALTER TABLE enrollments DISABLE TRIGGER keep_versions"))
            await conn.execute(text("UPDATE enrollments SET known_at = '2019-12-01T00:00:00+08:00'"))
            await conn.execute(text("ALTER TABLE enrollments ENABLE TRIGGER keep_versions"))
        shown = await progress(registration, "2019-10-01T00:00:00+08:00")
        assert [(one["what"], one["people"]) for one in shown["cannot_tell"]] == [("states", 1)]
        assert shown["total"]["registered"] == 0
        assert (await progress(registration, "2019-12-02T00:00:00+08:00"))["cannot_tell"] == []


class TestSnapshots:
    @pytest.mark.parametrize("path", ["/v1/progress/dates", "/v1/progress/snapshots"])
    async def test_are_no_other_county_s_to_see(self, registration, path):
        for division, status in (("350426101", 200), ("35", 200), ("431122", 403)):
            http = await registration.client(scopes=["progress:read"], division=division)
            assert (await http.get(path, params=SEASON)).status_code == status


class TestMoney:
    async def test_each_payer_by_what_stands(self, registration):
        _, first = await resident(registration, "1")
        _, second = await resident(registration, "2", division_code=THERE)
        grant = granted(first, "2019-10-05T10:00:00+08:00", grant_id=7)
        await told(registration, SUBSIDY, grant, "2019-10-05T10:00:00+08:00")
        await told(
            registration, COLLECTION, paid(second, "2019-10-06T10:00:00+08:00"), "2019-10-06T10:00:00+08:00"
        )
        shown = await progress(registration, "2019-10-07T00:00:00+08:00")
        assert [(one["payer"], one["amount_fen"]) for one in unit(shown, HERE)["help"]] == [
            (grant.payer, grant.amount_fen)
        ]
        assert counts(shown["total"], "paid", "exempt", "own_fen") == (1, 1, 25_000)
        assert unit(shown, THERE)["help"] == []


class TestTasks:
    async def test_stated_and_computed_totals_stand_side_by_side(self, registration):
        shown = await progress(registration, "2019-10-07T00:00:00+08:00", county="dongan")
        assert counts(shown, "stated_task", "computed_task") == (578_500, 578_501)

    async def test_completion_rank_and_goal(self, registration):
        _, first = await resident(registration, "1")
        await told(
            registration, COLLECTION, paid(first, "2019-10-01T10:00:00+08:00"), "2019-10-01T10:00:00+08:00"
        )
        shown = await progress(registration, "2019-10-07T00:00:00+08:00")
        here = unit(shown, HERE)
        assert counts(here["completion"], "part", "whole", "percent") == (1, 32_441, "0.00")
        assert (here["rank"], unit(shown, THERE)["rank"]) == (1, 2)
        (goal,) = here["goals"]
        assert counts(goal, "goal", "met", "required_percent") == ("task-completed", False, 100)


@pytest.mark.parametrize("entered", [None, {"population": 40, "employees": 10}])
async def test_a_rate_names_its_base_and_is_not_guessed_without_it(registration, entered):
    await resident(registration, "1", county="dongan", division_code="431122101201")
    if entered:
        figures = [
            {"division_code": "431122000000", "kind": kind, "value": value, "dated_on": "2018-12-31",
             "source": "2018年统计公报"}
            for kind, value in entered.items()
        ]  # fmt: skip
        body = {"county": "dongan", "coverage_year": 2020, "figures": figures}
        answer = await registration.post("/v1/progress/figures", body, "2019-10-01T09:00:00+08:00")
        assert answer.status_code == 201, answer.text
    shown = await progress(registration, "2019-10-07T00:00:00+08:00", county="dongan")
    goal = next(one for one in shown["total"]["goals"] if one["goal"] == "county-rate")
    if entered:
        assert counts(goal, "part", "whole", "percent", "met") == (10, 40, "25.00", False)
        earlier = await progress(registration, "2019-09-30T00:00:00+08:00", county="dongan")
        assert earlier["total"]["population"] is None
    else:
        assert counts(goal, "percent", "missing", "met") == (None, "employees_unknown", None)
