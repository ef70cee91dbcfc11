"""Auditors read who looked whom up, service by service, and see when a row was changed behind its seal."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from canbao.definitions import APIS
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.security.seals import seal

AT = datetime(2019, 11, 20, 2, 0, tzinfo=UTC)


def officer(subject, division):
    return Caller(subject, frozenset(), division, "township_officer")


@pytest.fixture(params=sorted(APIS))
async def service(request, service_context):
    context = await service_context(request.param)
    async with context.engine.begin() as conn:
        for hours, (who, place, people) in enumerate(
            [("li", "350426101", [7, 8]), ("wu", "350426102", [7]), ("li", "350426101", [])]
        ):
            await record_lookup(
                conn,
                officer(who, place),
                operation="get_person" if people else "search",
                at=AT + timedelta(hours=hours),
                person_ids=people,
                query_digest=None if people else "0f1e",
                note="来电核实" if who == "wu" else None,
            )
    return context


async def listed(http, **asked):
    answer = await http.get("/v1/lookups", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def rows(http, **asked):
    found = (await listed(http, **asked))["items"]
    return [(row["subject"], row["person_id"]) for row in found if row["operation"] != "list_lookups"]


class TestLookups:
    async def test_are_listed_newest_first_by_person_officer_and_time_with_what_was_written(
        self, service, client
    ):
        http = await client(service, scopes=["audit:read"])

        assert await rows(http) == [("li", None), ("wu", 7), ("li", 8), ("li", 7)]
        assert await rows(http, person_id=7) == [("wu", 7), ("li", 7)]
        assert await rows(http, subject="li", operation="get_person") == [("li", 8), ("li", 7)]
        hour = (AT + timedelta(hours=1)).isoformat()
        assert await rows(http, since=hour, until=(AT + timedelta(hours=2)).isoformat()) == [("wu", 7)]
        (wu,) = (await listed(http, subject="wu"))["items"]
        assert (wu["note"], wu["role"], wu["division"]) == ("来电核实", "township_officer", "350426102")

    async def test_of_officers_of_another_township_are_not_shown(self, service, client):
        http = await client(service, scopes=["audit:read"], division="350426101")
        assert await rows(http) == [("li", None), ("li", 8), ("li", 7)]

    async def test_go_on_page_by_page_though_each_page_is_recorded_itself(self, service, client):
        http = await client(service, scopes=["audit:read"], subject="audit-1")
        seen, after = [], None
        for _ in range(9):
            page = await listed(http, limit=2, **({"after": after} if after else {}))
            seen += [row["lookup_id"] for row in page["items"]]
            if (after := page["next_after"]) is None:
                break
        assert seen == sorted(seen, reverse=True)
        assert len(set(seen)) == len(seen) == 4
        own = (await listed(http, subject="audit-1", person_id=7))["items"]
        assert own == []
        (again,) = (await listed(http, subject="audit-1", person_id=7))["items"]
        assert (again["operation"], again["person_id"]) == ("list_lookups", 7)

    async def test_are_not_for_whoever_may_only_see_people(self, service, client):
        http = await client(service, scopes=[f"{service.name}:read", "pii:read"])
        assert (await http.get("/v1/lookups")).status_code == 403

    async def test_with_a_day_instead_of_an_instant_are_refused_with_what_is_wanted(self, service, client):
        http = await client(service, scopes=["audit:read"])
        answer = await http.get("/v1/lookups", params={"since": "2019-11-20"})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "query/since"), (
            answer.text
        )


class TestSeals:
    async def test_hold_until_somebody_changes_a_row_and_a_row_names_its_seal(self, service, client):
        http = await client(service, scopes=["audit:read"])
        await seal(service.engine)
        (made,) = (await http.get("/v1/lookup-seals")).json()["items"]
        assert (made["number"], made["from_id"], made["lookups"]) == (1, 1, 4)
        assert {row["seal"] for row in (await listed(http))["items"]} == {1}
        held = (await http.get("/v1/lookup-seals/1/verification")).json()
        assert held == {"number": 1, "holds": True, "sha256": made["sha256"], "lookups": 4}

        async with service.engine.begin() as conn:
            await conn.execute(text("SET LOCAL session_replication_role = replica"))
            await conn.execute(text("DELETE FROM person_lookups WHERE subject = 'wu'"))

        broken = (await http.get("/v1/lookup-seals/1/verification")).json()
        assert (broken["holds"], broken["lookups"]) == (False, 3)
        assert (await http.get("/v1/lookup-seals/2/verification")).status_code == 404
