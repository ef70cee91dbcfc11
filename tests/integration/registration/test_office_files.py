"""Files of offices from upload to faults: what is refused, what is read, what the sender is told."""

import asyncio

import pytest

from services.registration.imports import importing, workbooks
from services.registration.imports.workbooks import BOUNDS
from tests.integration.registration.builders import csv_of
from tests.integration.registration.test_imports import HEADER, people, progress, upload
from tests.unit.registration.office_files import LAST_CELL, hand_written, workbook


async def failure(registration, import_id):
    shown = (await registration.get(f"/v1/imports/{import_id}")).json()
    return shown["state"], shown["failure"]


async def faults(registration, import_id):
    answer = await registration.get(f"/v1/imports/{import_id}/errors.csv")
    return answer.content.decode("utf-8-sig").splitlines()[1:]


class TestRefusedFiles:
    async def test_a_swallowed_line_refuses_the_file_before_anything_is_imported(self, registration):
        body = csv_of([HEADER, *people(30)]).decode().replace("张25", '"张25').encode()
        import_id = await upload(registration, body)
        await registration.run_imports()
        state, problem = await failure(registration, import_id)
        assert (state, problem["line"]) == ("failed", 27)
        assert "第 27 行" in problem["detail_zh"]
        assert await registration.value("SELECT count(*) FROM enrollments") == 0

    async def test_a_mixture_of_encodings_is_refused_with_its_line(self, registration):
        body = csv_of([HEADER, *people(3)]) + ",".join(people(1)[0]).encode("gb18030")
        import_id = await upload(registration, body)
        await registration.run_imports()
        state, problem = await failure(registration, import_id)
        assert (state, problem["type"], problem["line"]) == ("failed", "urn:canbao:problem:encoding-mixed", 5)

    async def test_a_workbook_that_asks_for_too_much_fails_and_others_go_on(self, registration):
        greedy = await upload(registration, hand_written(LAST_CELL), "list.xlsx")
        other = await upload(registration, workbook(a=[HEADER, *people(3)]), "other.xlsx")
        await registration.run_imports()
        state, problem = await failure(registration, greedy)
        assert (state, problem["type"]) == ("failed", "urn:canbao:problem:file-beyond-bounds")
        assert "XFD1048576" in problem["detail"]
        assert (await progress(registration, other))["new"] == 3

    async def test_a_cancelled_import_leaves_no_reader_behind(self, registration, monkeypatch):
        readers, began = [], asyncio.Event()

        class Watched(workbooks.Workbook):
            def __init__(self, path, bounds=BOUNDS):
                super().__init__(path, bounds)
                readers.append(self._reader)
                began.set()

        monkeypatch.setattr("services.registration.imports.files.Workbook", Watched)

        async def wait(*_):
            await asyncio.Event().wait()

        monkeypatch.setattr(importing, "import_households", wait)
        await upload(registration, workbook(a=[HEADER, *people(3)]), "list.xlsx")
        working = asyncio.create_task(registration.run_imports())
        await began.wait()
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
        assert readers[0].poll() is not None


class TestSheets:
    async def test_of_all_villages_are_read_and_faults_name_theirs(self, registration):
        first, second = people(6), people(6, first=300)
        first[4][4] = second[1][4] = "350426198006150000"
        import_id = await upload(
            registration,
            workbook(**{"100% 莲花": [HEADER, *first], "梅仙": [["名单"], HEADER, *second]}),
            "list.xlsx",
        )
        await registration.run_imports()
        shown = await progress(registration, import_id)
        assert (shown["state"], shown["new"], shown["rejected"]) == ("done", 10, 2)
        one, other = await faults(registration, import_id)
        assert one.startswith("6,证件号码,工作表“100% 莲花”第 6 行：")
        assert other.startswith("11,证件号码,工作表“梅仙”第 4 行：")
        assert 'Sheet ""梅仙"", row 4: ' in other

    async def test_that_are_not_read_are_named_to_the_sender(self, registration):
        sheets = {
            "hidden": [HEADER, *people(3)],
            "说明": [["请填写"]],
            "今年": [HEADER, *people(3, first=600)],
        }
        import_id = await upload(registration, workbook(**sheets), "list.xlsx")
        await registration.run_imports()
        shown = await progress(registration, import_id)
        assert (shown["state"], shown["new"], shown["rejected"]) == ("done", 3, 2)
        hidden, told = await faults(registration, import_id)
        assert hidden.startswith("0,,工作表“hidden”为隐藏状态")
        assert hidden.endswith(",sheet-not-read")
        assert "“说明”未被读取" in told


class TestTitles:
    async def test_above_the_names_of_columns_leave_the_lines_as_they_are(self, registration):
        rows = people(3)
        rows[2][4] = "350426198006150000"
        import_id = await upload(registration, csv_of([["参保名单"], [], HEADER, *rows]))
        await registration.run_imports()
        assert (await progress(registration, import_id))["new"] == 2
        (fault,) = await faults(registration, import_id)
        assert fault.startswith("6,证件号码")

    async def test_and_blank_lines_are_no_rows_and_the_counts_add_up(self, registration):
        rows = people(4)
        rows[3][4] = "350426198006150000"
        lines = [["参保名单"], [], HEADER, *rows[:2], [], *rows[2:], [], []]
        files = {"names.csv": csv_of(lines), "names.xlsx": workbook(a=lines)}
        for name, body in files.items():
            import_id = await upload(registration, body, name=name)
            await registration.run_imports()

            shown = (await registration.get(f"/v1/imports/{import_id}")).json()
            counted = shown["new"] + shown["updated"] + shown["unchanged"] + shown["rejected"]
            assert (shown["rows_total"], shown["rows_done"], counted) == (4, 4, 4)

    async def test_of_columns_are_those_of_the_file_in_its_faults(self, registration):
        header = [{"证件号码": "身份证号", "户籍": "*户籍类型（必填）"}.get(title, title) for title in HEADER]
        rows = people(2)
        rows[1][4], rows[1][5] = "350426198006150000", "火星"
        import_id = await upload(registration, csv_of([header, *rows]))
        await registration.run_imports()

        told = {fault.split(",")[1] for fault in await faults(registration, import_id)}
        assert told == {"身份证号", "*户籍类型（必填）"}

    async def test_an_import_goes_on_where_it_was_killed(self, registration, monkeypatch):
        rows = people(30)
        body = workbook(a=[["名单"], HEADER, *rows[:15]], b=[HEADER, *rows[15:]])
        monkeypatch.setattr(registration.context.settings, "import_chunk", 9)
        from services.registration.imports import importing_households as working

        real, calls = working.register_each, []

        async def dies(*args, **options):
            calls.append(1)
            if len(calls) == 3:
                raise ConnectionError("killed")
            return await real(*args, **options)

        monkeypatch.setattr(working, "register_each", dies)
        import_id = await upload(registration, body, "list.xlsx")
        with pytest.raises(ConnectionError):
            await registration.run_imports()
        before = await progress(registration, import_id)
        assert before["state"] == "running"
        assert 0 < before["new"] < 30
        await registration.run_imports()
        after = await progress(registration, import_id)
        assert (after["state"], after["new"], after["rejected"]) == ("done", 30, 0)
