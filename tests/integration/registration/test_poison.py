"""What the database refuses keeps out itself alone, is told to the sender, and stops nobody."""

import pytest
from sqlalchemy import text

from services.registration.assessments.worker import assess_worker
from services.registration.imports import importing_households
from services.registration.registering.problems import ROW_REFUSED
from tests.integration.registration.builders import OTHER_VILLAGE, VILLAGE, csv_of, household, member, number
from tests.integration.registration.test_histories import WHOLE
from tests.integration.registration.test_histories import line as history_line
from tests.integration.registration.test_histories import send as send_history
from tests.integration.registration.test_imports import HEADER, people, progress, upload
from tests.integration.registration.test_office_files import faults
from tests.integration.registration.test_rosters import roster, row
from tests.integration.registration.test_surveys import Survey
from tests.integration.registration.test_surveys import one as survey_row

#: Longer than any other name: what is sealed can be refused by its length alone.
POISON = "毒丸毒丸毒丸毒丸毒丸"
_SEALED_BYTES = 37 + len(POISON.encode())


async def refuse_poison(registration, table="persons"):
    """Have the database refuse a value that every check of ours lets through."""
    async with registration.context.engine.begin() as conn:
        check = f"length(name) <> {_SEALED_BYTES}"
        await conn.execute(text(f"ALTER TABLE {table} ADD CONSTRAINT poison CHECK ({check})"))


async def alter(registration, change):
    """Change which assessments the database takes."""
    async with registration.context.engine.begin() as conn:
        await conn.execute(text(f"ALTER TABLE assessments {change}"))


class TestAFileOfHouseholds:
    async def test_loses_the_row_that_the_database_refuses_and_no_other(self, registration):
        await refuse_poison(registration)
        rows = people(250)
        rows[130][3] = POISON  # not the head of its household
        import_id = await upload(registration, csv_of([HEADER, *rows]))
        await registration.run_imports()
        shown = await progress(registration, import_id)
        assert (shown["state"], shown["rows_done"], shown["new"], shown["rejected"]) == ("done", 250, 249, 1)
        (fault,) = await faults(registration, import_id)
        assert fault.startswith("132,,")
        assert ROW_REFUSED.title_zh in fault
        assert fault.endswith(",row-refused")
        assert await registration.value("SELECT count(*) FROM outbox") == 249

    async def test_tells_those_whose_head_was_refused_that_they_have_none(self, registration):
        await refuse_poison(registration)
        rows = [
            ["H1", VILLAGE, "成员", "林一", number(), "本县"],
            ["H1", VILLAGE, "户主", POISON, number(), "本县"],
            ["H2", VILLAGE, "户主", "林二", number(), "本县"],
        ]
        import_id = await upload(registration, csv_of([HEADER, *rows]))
        await registration.run_imports()
        assert (await progress(registration, import_id))["new"] == 1
        headless, refused = await faults(registration, import_id)
        assert headless.endswith(",household-without-head")
        assert refused.endswith(",row-refused")

    async def test_counts_the_same_in_a_dry_run_of_rows_that_a_reader_stumbles_over(
        self, registration, monkeypatch
    ):
        real = importing_households.HouseholdLines.read

        def stumbles(self, values, line):
            if POISON in values:
                raise RecursionError
            return real(self, values, line)

        monkeypatch.setattr(importing_households.HouseholdLines, "read", stumbles)
        rows = people(12)
        rows[7][3] = POISON
        import_id = await upload(registration, csv_of([HEADER, *rows]), dry_run="true")
        await registration.run_imports()
        shown = await progress(registration, import_id)
        assert (shown["state"], shown["new"], shown["rejected"]) == ("done", 11, 1)


class TestAFileOfStatuses:
    async def test_loses_the_row_that_the_database_refuses_and_no_other(self, registration):
        await refuse_poison(registration, "status_statements")
        rows = people(9)
        rows[4][3] = POISON
        header = ["证件号码", "姓名", "身份", "认定部门", "认定日期", "名册日期"]
        said = ["disabled", "disabled_federation", "2018-01-01", "2019-08-20"]
        import_id = await upload(
            registration, csv_of([header, *([row[4], row[3], *said] for row in rows)]), kind="statuses"
        )
        await registration.run_imports()
        shown = await progress(registration, import_id)
        assert (shown["state"], shown["new"], shown["rejected"]) == ("done", 8, 1)
        (fault,) = await faults(registration, import_id)
        assert fault.startswith("6,,")
        assert fault.endswith(",row-refused")
        seen = await registration.rows(
            "SELECT subject, purpose FROM person_lookups WHERE operation = 'import_refused'"
        )
        assert [(one.subject, one.purpose) for one in seen] == [("test", "row-refused")]


class TestARoster:
    @pytest.mark.parametrize("mode", ["add", "replace"])
    async def test_loses_the_row_that_the_database_refuses_and_no_other(self, registration, mode):
        await refuse_poison(registration, "status_statements")
        gone, numbers = number(), [number() for _ in range(9)]
        await registration.post("/v1/rosters", roster(row(gone)))
        rows = [row(one, name=POISON if place == 4 else "张三") for place, one in enumerate(numbers)]
        answer = (await registration.post("/v1/rosters", roster(*rows, mode=mode))).json()

        (rejected,) = answer["rejected"]
        assert (rejected["index"], rejected["problem"]["type"].rsplit(":", 1)[-1]) == (4, "row-refused")
        counts = [answer[name] for name in ("received", "added", "removed", "not_registered_yet")]
        assert counts == [9, 8, 1 if mode == "replace" else 0, 8]


class TestASurvey:
    async def test_loses_the_row_that_the_database_refuses_and_no_other(self, registration):
        await refuse_poison(registration, "survey_rows")
        survey = Survey(registration)
        rows = [survey_row(POISON if place == 30 else "李四") for place in range(40)]
        import_id = await survey.send(*rows)
        shown = await progress(registration, import_id)
        assert (shown["state"], shown["new"], shown["rejected"]) == ("done", 39, 1)
        (fault,) = await faults(registration, import_id)
        assert fault.startswith("32,,") and fault.endswith(",row-refused")
        assert await registration.value("SELECT count(*) FROM survey_rows") == 39


class TestAFileOfHistory:
    async def test_loses_the_line_that_the_database_refuses_and_no_other(self, registration):
        async with registration.context.engine.begin() as conn:
            refused = "ALTER TABLE history_statements ADD CONSTRAINT poison CHECK (coverage_year <> 2019)"
            await conn.execute(text(refused))
        import_id = await send_history(
            registration, [history_line(number(), 2015 + n) for n in range(8)], **WHOLE
        )
        shown = await progress(registration, import_id)
        assert (shown["state"], shown["new"], shown["unchanged"], shown["rejected"]) == ("done", 7, 0, 1)
        told = await faults(registration, import_id)
        assert [one.split(",")[-1] for one in told] == ["history-not-whole", "row-refused"]
        assert told[1].startswith("6,,")


class TestABatch:
    async def test_loses_the_household_that_the_database_refuses_and_no_other(self, registration):
        await refuse_poison(registration)
        answer = await registration.register(
            household("H1"), household("H2", member("林一"), member(POISON)), household("H3")
        )
        assert answer["accepted"] == 2
        (rejected,) = answer["rejected"]
        assert rejected["index"] == 1
        assert rejected["problem"]["type"].endswith(":row-refused")
        assert rejected["problem"]["title_zh"] == ROW_REFUSED.title_zh
        assert await registration.value("SELECT count(*) FROM households") == 2


class TestAssessing:
    async def test_sets_apart_what_the_database_refuses_until_somebody_has_it_tried_again(self, registration):
        broken = number()
        await registration.register(
            *(household(f"H{n}") for n in range(20)), household("H20", member("林一", broken))
        )
        person_id = await registration.person_id(broken)
        await alter(registration, f"ADD CONSTRAINT poison CHECK (person_id <> {person_id})")
        assert await registration.assess() == 21
        assert await registration.value("SELECT count(*) FROM assessments") == 20
        assert await registration.value("SELECT count(*) FROM waiting") == 0
        (listed,) = (await registration.get("/v1/unassessed", county="youxi")).json()["items"]
        assert (listed["person_id"], listed["cause"], listed["attempts"]) == (person_id, "registered", 1)
        assert listed["reason"].startswith("CheckViolationError")

        await alter(registration, "DROP CONSTRAINT poison")
        retry = {"county": "youxi", "coverage_year": 2020}
        assert (await registration.post("/v1/unassessed:retry", retry)).json() == {"waiting": 1}
        assert await registration.assess() == 1
        assert (await registration.get("/v1/unassessed")).json()["items"] == []
        assert len(await registration.events("enrollment.assessed")) == 21

    async def test_counts_for_the_alarm_what_it_set_apart(self, registration):
        await registration.register(household("H1"))
        await alter(registration, "ADD CONSTRAINT poison CHECK (revision < 0)")
        await registration.assess()
        assess_worker(registration.context)
        assert 'canbao_unassessed{county="youxi"} 1.0' in (await registration.http.get("/metrics")).text

    async def test_shows_an_office_its_own_division_alone(self, registration):
        await registration.register(household("H1"), household("H2", division_code=OTHER_VILLAGE))
        await alter(registration, "ADD CONSTRAINT poison CHECK (revision < 0)")
        await registration.assess()
        http = await registration.client(
            scopes=["registration:read", "registration:write"], division=OTHER_VILLAGE[:9]
        )
        (listed,) = (await http.get("/v1/unassessed")).json()["items"]
        assert listed["division_code"] == OTHER_VILLAGE
        retry = {"county": "youxi", "coverage_year": 2020}
        assert (await http.post("/v1/unassessed:retry", json=retry)).json() == {"waiting": 1}
