"""Offices take turns: no large file and no failing one of somebody holds up the file of somebody else."""

import asyncio

import pytest
from sqlalchemy import text

from libs.common.testing.waiting import eventually
from services.registration.imports import worker
from services.registration.imports.worker import import_next, import_worker
from services.registration.registering import isolating
from tests.integration.registration.builders import csv_of
from tests.integration.registration.test_imports import HEADER, people, progress, upload

MEBIBYTE = 1024 * 1024


def file_of(count, padding=0):
    """A file of people whose addresses make it as large as one likes."""
    return csv_of([[*HEADER, "地址"], *([*row, "x" * (padding // count)] for row in people(count))])


async def office(registration, division):
    return await registration.client(scopes=["registration:read", "registration:write"], division=division)


class TestTurns:
    async def test_of_offices_come_one_after_the_other_however_much_each_has_sent(self, registration):
        busy, other = await office(registration, "350426101"), await office(registration, "350426102")
        sent = [await upload(registration, file_of(3), http=busy) for _ in range(3)]
        sent.append(await upload(registration, file_of(3), http=other))
        await registration.run_imports()
        served = [row.id for row in await registration.rows("SELECT id FROM imports ORDER BY started_at")]
        assert served == [sent[0], sent[3], sent[1], sent[2]]

    async def test_of_an_office_that_was_served_come_after_those_of_one_that_was_not(self, registration):
        busy, other = await office(registration, "350426101"), await office(registration, "350426102")
        await upload(registration, file_of(3), http=busy)
        await registration.run_imports()
        again, new = [await upload(registration, file_of(3), http=http) for http in (busy, other)]
        await import_next(registration.context)
        assert (await progress(registration, new))["state"] == "done"
        assert (await progress(registration, again))["state"] == "queued"


class TestASmallFile:
    async def test_has_a_lane_of_its_own(self, registration):
        large = await upload(registration, file_of(9, padding=2 * MEBIBYTE))
        small = await upload(registration, file_of(3))
        await import_next(registration.context, small=True)
        assert (await progress(registration, small))["state"] == "done"
        assert not await import_next(registration.context, small=True)
        assert (await progress(registration, large))["state"] == "queued"

    async def test_is_imported_while_others_have_filled_every_other_lane(self, registration, monkeypatch):
        real, stuck = worker.work_through, asyncio.Event()

        async def large_ones_never_end(context, job):
            if job.file_name == "large.csv":
                await stuck.wait()
            await real(context, job)

        monkeypatch.setattr(worker, "work_through", large_ones_never_end)
        for _ in range(3):
            await upload(registration, file_of(9, padding=2 * MEBIBYTE), "large.csv")
        small = await upload(registration, file_of(1))
        stop = asyncio.Event()
        running = asyncio.create_task(import_worker(registration.context).run(stop))

        async def done():
            return (await progress(registration, small))["state"] == "done"

        await eventually(done)
        stop.set()
        stuck.set()
        await running


@pytest.fixture
async def failing(registration, monkeypatch):
    """A file at which our own code fails, whatever row it looks at."""
    real = isolating.register

    async def broken(*args, **options):
        if args[3] and any(row.person.name.startswith("坏") for row in args[3]):
            raise ZeroDivisionError("350426198001010000")
        return await real(*args, **options)

    monkeypatch.setattr(isolating, "register", broken)
    rows = people(60)
    for row in rows:
        row[3] = "坏" + row[3]
    return await upload(registration, csv_of([HEADER, *rows]))


async def make_due(registration):
    async with registration.context.engine.begin() as conn:
        await conn.execute(text("UPDATE imports SET retry_at = now()"))


class TestAFailingFile:
    async def test_waits_longer_from_try_to_try_and_holds_nobody_up(self, registration, failing):
        other = await upload(registration, csv_of([HEADER, *people(3)]))
        await registration.run_imports()
        assert (await progress(registration, other))["state"] == "done"
        pauses = []
        for _ in range(3):
            pause = "SELECT extract(epoch FROM retry_at - started_at) FROM imports WHERE id = :id"
            pauses.append(float(await registration.value(pause, id=failing)))
            await make_due(registration)
            await registration.run_imports()
        assert pauses[0] < pauses[1] < pauses[2]

    async def test_is_not_reported_as_the_fault_of_its_rows(self, registration, failing):
        await registration.run_imports()
        shown = (await registration.get(f"/v1/imports/{failing}")).json()
        assert (shown["state"], shown["rejected"], shown["attempts"]) == ("running", 0, 1)
        assert shown["trouble"].startswith("ZeroDivisionError")
        assert "350426" not in shown["trouble"]
        assert shown["retry_at"]

    async def test_is_given_up_in_the_end_and_shown_to_who_looks_for_it(self, registration, failing):
        while (await progress(registration, failing))["state"] != "failed":
            await make_due(registration)
            await registration.run_imports()
        listed = (await registration.get("/v1/imports", state="failed", county="youxi")).json()["items"]
        assert [(item["import_id"], item["failure"]["trouble"][:17]) for item in listed] == [
            (failing, "ZeroDivisionError")
        ]
        import_worker(registration.context)
        assert 'canbao_imports{state="failed"} 1.0' in (await registration.http.get("/metrics")).text

    async def test_is_listed_newest_first_where_that_is_asked_page_by_page(self, registration):
        sent = [await upload(registration, file_of(3)) for _ in range(5)]
        seen, after = [], None
        while after is not None or not seen:
            query = {"order": "newest", "limit": 2} | ({"after": after} if after else {})
            found = (await registration.get("/v1/imports", **query)).json()
            seen += [item["import_id"] for item in found["items"]]
            after = found["next_after"]
        assert seen == sent[::-1]
        oldest = (await registration.get("/v1/imports", limit=2)).json()
        assert [item["import_id"] for item in oldest["items"]] == sent[:2]
        odd = await registration.get("/v1/imports", order="sideways")
        assert odd.status_code == 422

    async def test_is_listed_to_its_own_division_alone(self, registration):
        mine, theirs = await office(registration, "350426101"), await office(registration, "350426102")
        sent = await upload(registration, file_of(3), http=mine)
        assert [item["import_id"] for item in (await mine.get("/v1/imports")).json()["items"]] == [sent]
        assert (await theirs.get("/v1/imports")).json()["items"] == []
