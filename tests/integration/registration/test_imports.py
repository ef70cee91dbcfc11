"""Files: good rows are kept, bad ones explained, nothing is lost or doubled, whoever dies on the way."""

import io

import openpyxl
import pytest

from services.registration.imports import importing_households as working
from services.registration.tables import persons
from tests.integration.registration.builders import VILLAGE, csv_of, number

HEADER = ["户号", "村代码", "与户主关系", "姓名", "证件号码", "户籍"]


def people(count, first=1):
    return [
        [
            f"H{(first + n) // 3}",
            VILLAGE,
            "户主" if (first + n) % 3 == 0 or n == 0 else "成员",
            f"张{n}",
            number(),
            "本县",
        ]
        for n in range(count)
    ]


async def upload(registration, body, name="people.csv", http=None, at="2019-09-05T10:00:00+08:00", **form):
    fields = {"kind": "households", "county": "youxi", "coverage_year": "2020"} | form
    answer = await (http or registration.http).post(
        "/v1/imports",
        files={"file": (name, body)},
        data=fields,
        headers={"canbao-clock": at},
    )
    assert answer.status_code == 202, answer.text
    return answer.json()["import_id"]


async def progress(registration, import_id):
    shown = (await registration.get(f"/v1/imports/{import_id}")).json()
    return {key: shown[key] for key in ("state", "rows_done", "new", "updated", "unchanged", "rejected")}


class TestHouseholdFiles:
    async def test_bad_rows_are_listed_and_good_rows_are_kept(self, registration):
        rows = people(9)
        rows[4][4] = "350426198006150000"
        rows[7][4] = rows[5][4]
        for row, address in zip(rows, ["东街"] * 8 + ["东\0街"], strict=True):
            row.append(address)
        import_id = await upload(registration, csv_of([[*HEADER, "地址"], *rows]))
        await registration.run_imports()
        await registration.get(f"/v1/imports/{import_id}/errors.csv")
        recorded = await registration.rows(
            "SELECT operation, purpose, count(DISTINCT person_id) FROM person_lookups "
            "GROUP BY 1, 2 ORDER BY min(id)"
        )
        assert [tuple(row) for row in recorded] == [
            ("upload_import", f"import {import_id}", 0),
            ("import", f"import {import_id}", 6),
            ("download_errors", f"import {import_id}", 0),
        ]
        assert await progress(registration, import_id) == {
            "state": "done",
            "rows_done": 9,
            "new": 6,
            "updated": 0,
            "unchanged": 0,
            "rejected": 3,
        }
        assert await registration.value("SELECT count(*) FROM enrollments") == 6
        errors = await registration.get(f"/v1/imports/{import_id}/errors.csv")
        text = errors.content.decode("utf-8-sig").splitlines()
        assert text[0].startswith("行号 line")
        assert text[1].startswith("6,证件号码,校验码不符")
        assert text[2].startswith("9,")
        assert "duplicate-in-input" in text[2]

    async def test_importing_the_same_file_again_changes_nothing(self, registration):
        body = csv_of([HEADER, *people(30)])
        await upload(registration, body)
        await registration.run_imports()
        await registration.assess()
        again = await upload(registration, body)
        await registration.run_imports()
        assert (await progress(registration, again))["unchanged"] == 30
        assert await registration.assess() == 0
        assert await registration.value("SELECT count(*) FROM outbox WHERE type LIKE '%registered%'") == 30

    async def test_a_dry_run_says_the_same_and_writes_nothing(self, registration):
        rows = people(250)
        rows[201][4] = rows[3][4]
        body = csv_of([HEADER, *rows])
        dry = await upload(registration, body, dry_run="true")
        await registration.run_imports()
        assert await registration.value("SELECT count(*) FROM persons") == 0
        wet = await upload(registration, body)
        await registration.run_imports()
        assert await progress(registration, dry) == await progress(registration, wet)
        assert (await progress(registration, wet))["rejected"] == 1

    async def test_a_killed_import_goes_on_where_it_was(self, registration, monkeypatch):
        import_id = await upload(registration, csv_of([HEADER, *people(350)]))
        write, written = working._write_households, []

        async def dies_later(context, job, chunk, memory):
            if len(written) == 2:
                raise ConnectionError("killed")
            await write(context, job, chunk, memory)
            written.append(chunk.number)

        monkeypatch.setattr(working, "_write_households", dies_later)
        with pytest.raises(ConnectionError):
            await registration.run_imports()
        halfway = await progress(registration, import_id)
        assert halfway["state"] == "running"
        assert 0 < halfway["rows_done"] < 350
        monkeypatch.setattr(working, "_write_households", write)
        await registration.run_imports()
        assert await progress(registration, import_id) == {
            "state": "done",
            "rows_done": 350,
            "new": 350,
            "updated": 0,
            "unchanged": 0,
            "rejected": 0,
        }
        assert await registration.value("SELECT count(*) FROM outbox") == 350
        assert await registration.value("SELECT count(*) FROM import_pieces") == 0

    async def test_a_file_of_chinese_excel_is_read(self, registration):
        body = csv_of([HEADER, *people(3)]).decode().encode("gb18030")
        await upload(registration, body)
        await registration.run_imports()
        names = await registration.opened("SELECT name FROM persons", persons.c.name)
        assert [name[0] for name in names] == ["张"] * 3

    async def test_an_xlsx_is_read_and_a_damaged_number_is_named(self, registration):
        book = openpyxl.Workbook()
        book.active.append(HEADER)
        rows = people(3)
        for row in rows:
            book.active.append(row)
        book.active.cell(row=4, column=5).value = float(rows[2][4].rstrip("X"))
        file = io.BytesIO()
        book.save(file)
        import_id = await upload(registration, file.getvalue(), "people.xlsx")
        await registration.run_imports()
        assert (await progress(registration, import_id))["new"] == 2
        errors = (await registration.get(f"/v1/imports/{import_id}/errors.csv")).text
        assert "4,证件号码" in errors

    async def test_a_file_without_the_columns_says_which(self, registration):
        import_id = await upload(registration, csv_of([["姓名", "证件号码"], ["张三", number()]]))
        await registration.run_imports()
        shown = (await registration.get(f"/v1/imports/{import_id}")).json()
        assert shown["state"] == "failed"
        assert shown["failure"]["missing_columns"] == ["household_no", "division_code", "relation"]

    async def test_two_workers_do_not_import_one_file_twice(self, registration):
        import asyncio

        from services.registration.imports.worker import import_next

        await upload(registration, csv_of([HEADER, *people(300)]))
        await asyncio.gather(*(import_next(registration.context) for _ in range(3)))
        assert await registration.value("SELECT count(*) FROM persons") == 300

    async def test_an_open_import_counts_as_backlog(self, registration, running):
        from services.registration.imports.worker import import_worker

        import_worker(registration.context)
        await upload(registration, csv_of([HEADER, *people(3)]))
        assert (await registration.context.backlog.snapshot())["pending"]["imports"] == 1


class TestStatusFiles:
    async def test_statuses_of_several_departments_come_in_one_file(self, registration):
        rows = people(3)
        await upload(registration, csv_of([HEADER, *rows]))
        await registration.run_imports()
        await registration.assess()
        body = csv_of(
            [
                ["证件号码", "姓名", "身份", "认定部门", "认定日期", "名册日期"],
                [rows[0][4], rows[0][3], "medical_assistance_1", "civil_affairs", "2019/3/1", "20190820"],
                [rows[1][4], rows[1][3], "disabled", "disabled_federation", "2018-01-01", "2019年8月20日"],
                [rows[2][4], "别人", "disabled", "disabled_federation", "2018-01-01", "2019-08-20"],
                [rows[2][4], rows[2][3], "astronaut", "disabled_federation", "2018-01-01", "2019-08-20"],
            ]
        )
        import_id = await upload(registration, body, "statuses.csv", kind="statuses")
        await registration.run_imports()
        assert await progress(registration, import_id) == {
            "state": "done",
            "rows_done": 4,
            "new": 2,
            "updated": 0,
            "unchanged": 0,
            "rejected": 2,
        }
        await registration.assess()
        assert {event["cause"] for event in await registration.events("reassessed")} == {"status_changed"}
