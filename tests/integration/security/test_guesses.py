"""Whoever tries out numbers, names and codes is told to wait; everybody else is served."""

from datetime import date

import pytest
from structlog.testing import capture_logs

from canbao.definitions import definition
from libs.common.cases.lockouts import see_to_lockouts
from libs.common.db.rows import execute, fetch_values, statement
from libs.common.security.guesses import BACKEND_FACTOR, FAILURES_PER_NUMBER, WINDOW_MINUTES
from libs.common.security.scopes import ROLES
from services.collection.vouchers.rules import voucher_no
from tests.integration.registration.builders import number

SLUG = "urn:canbao:problem:too-many-guesses"
LIMIT = 3


def asked(id_number: str | None = None, **more: object) -> dict[str, object]:
    return {"id_number": id_number or number(), "name": "张三", **more}


DUES = ("/v1/dues/search", {"county": "youxi", "coverage_year": 2020})
PERSONS = ("/v1/persons/search", {"purpose": "counter"})


@pytest.fixture(params=[("registration", *PERSONS), ("collection", *DUES)], ids=["persons", "dues"])
async def searching(request, service_context, client, signing_key):
    """A service, a search for somebody whom nobody knows, and clients: `await search(await of("li"))`."""
    name, path, more = request.param
    context = await service_context(name, guess_limit=LIMIT)
    app = definition(name).create_app(context)
    definition(name).workers(context)  # which are not run: they count at each scrape what stands

    async def of(subject, scopes=(f"{name}:read",)):
        token = signing_key.issue(subject, scopes, "*")
        return await client(context, app=app, token=token)

    async def search(http, id_number=None):
        return await http.post(path, json=asked(id_number, **more))

    return context, search, of


async def later(context):
    """Let the window pass, by the wall clock of the database."""
    back = statement("UPDATE failed_guesses SET since = since - make_interval(mins => :minutes)")
    async with context.engine.begin() as conn:
        await execute(conn, back, minutes=WINDOW_MINUTES + 1)


class TestSearching:
    async def test_fails_only_so_often_and_is_served_again_after_the_time_that_is_told(self, searching):
        context, search, of = searching
        http = await of("test")
        assert all([(await search(http)).status_code in (200, 404) for _ in range(LIMIT)])

        with capture_logs() as logged:
            refused = await search(http)

        assert (refused.status_code, refused.json()["type"]) == (429, SLUG)
        (told,) = [line for line in logged if line["event"] == "guesses_locked_out"]
        assert told["who"].startswith("address test ") and 0 < told["seconds"] <= WINDOW_MINUTES * 60
        assert refused.headers["content-type"] == "application/problem+json"
        assert 0 < int(refused.headers["retry-after"]) <= WINDOW_MINUTES * 60
        await later(context)
        assert (await search(http)).status_code in (200, 404)

    async def test_is_shared_by_instances_and_recorded(self, searching, service_context, client):
        context, search, of = searching
        for _ in range(LIMIT):
            await search(await of("test"))
        other = await service_context(context.name, guess_limit=LIMIT, url=context.settings.database_url)

        refused = await search(await client(other, scopes=[f"{context.name}:read"]))

        assert refused.status_code == 429
        operations = statement("SELECT operation FROM person_lookups ORDER BY id")
        async with context.engine.connect() as conn:
            kept = await fetch_values(conn, str, operations)
        assert kept[-1].endswith("_refused") and len(kept) == LIMIT + 1

    async def test_does_not_stop_others(self, searching):
        _, search, of = searching
        http = await of("test")
        for _ in range(LIMIT + 1):
            await search(http)

        assert (await search(await of("somebody else"))).status_code in (200, 404)

    async def test_of_one_number_fails_only_so_often_whoever_asks(self, searching):
        _, search, of = searching
        tried = number()
        for caller in range(FAILURES_PER_NUMBER):
            assert (await search(await of(f"caller {caller}"), tried)).status_code in (200, 404)
        http = await of("test")

        assert (await search(http, tried)).status_code == 429
        assert (await search(http)).status_code in (200, 404)


class TestOperators:
    async def test_are_alerted_while_somebody_is_locked_out(self, searching):
        context, search, of = searching
        http = await of("li")
        for _ in range(LIMIT + 1):
            await search(http)
        operator = await of("operator", ROLES["operator"])

        alerts = await _alerts(context, operator)

        (alert,) = alerts
        assert (alert["kind"], alert["owner"]) == ("locked_out", "operator")
        assert alert["evidence"] == {"counted": "address", "failures": LIMIT}
        assert f"{LIMIT} numbers" in alert["alert"]["says"] and f"{LIMIT} 次" in alert["alert"]["says_zh"]
        assert "li" not in alert["subject"].split("/")[1:]
        assert 'canbao_locked_out{counted="address"} 1.0' in (await operator.get("/metrics")).text
        assert [one["case_id"] for one in await _alerts(context, operator)] == [alert["case_id"]]
        await later(context)
        assert await _alerts(context, operator) == []
        assert "canbao_locked_out{" not in (await operator.get("/metrics")).text

    async def test_are_not_alerted_of_a_backend_that_may_fail_more_often(self, service_context, client):
        context = await service_context("collection", guess_limit=LIMIT)
        http = await client(context, scopes=["orders:write", "alerts:read"])
        path, more = DUES
        for _ in range(LIMIT + 1):
            await http.post(path, json=asked(**more))

        assert await _alerts(context, http) == []


async def _alerts(context, operator):
    """Look once, and give the alerts that stand as an operator sees them."""
    async with context.engine.begin() as conn:
        await see_to_lockouts(conn, context.clock.now(), context.settings.guess_limit)
    return (await operator.get("/v1/cases", params={"alert": True})).json()["items"]


class TestBackends:
    async def test_ask_for_many_people_and_may_fail_more_often(self, service_context, client):
        context = await service_context("collection", guess_limit=1)
        http = await client(context, scopes=["orders:write"])
        path, more = DUES
        answers = [(await http.post(path, json=asked(**more))).status_code for _ in range(BACKEND_FACTOR + 1)]

        assert answers == [404] * BACKEND_FACTOR + [429]


class TestVouchers:
    async def test_are_not_found_out_by_trying_codes(self, service_context, client):
        context = await service_context("collection", guess_limit=LIMIT)
        http = await client(context, scopes=["collection:read"])
        voucher = {"voucher_no": voucher_no("350426", date(2019, 11, 20), 1), "code": "ABCD-EFGH"}
        answers = [await http.post("/v1/vouchers/verify", json=voucher) for _ in range(LIMIT + 1)]

        assert [answer.status_code for answer in answers] == [200] * LIMIT + [429]
        assert answers[0].json()["genuine"] is False

    async def test_are_not_found_out_without_a_token_either(self, service_context, client):
        context = await service_context("collection", guess_limit=LIMIT)
        http = await client(context, token=None)
        voucher = {"voucher_no": voucher_no("350426", date(2019, 11, 20), 1), "code": "ABCD-EFGH"}
        answers = [await http.post("/v1/vouchers/check", json=voucher) for _ in range(LIMIT + 1)]

        assert [answer.status_code for answer in answers] == [200] * LIMIT + [429]
        assert answers[0].json()["genuine"] is False

    async def test_are_checked_only_so_fast_from_one_address(self, service_context, client):
        context = await service_context("collection", checks_per_minute=2)
        http = await client(context, token=None)
        voucher = {"voucher_no": voucher_no("350426", date(2019, 11, 20), 1), "code": "ABCD-EFGH"}
        answers = [await http.post("/v1/vouchers/check", json=voucher) for _ in range(3)]

        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert int(answers[2].headers["retry-after"]) > 0
