"""Faulty rows go back in the layout of their file and are sent again; dry runs are applied as sent."""

import csv
import io

import openpyxl
import pytest

from services.registration.imports import keeping_rows
from tests.integration.registration.builders import csv_of, number
from tests.integration.registration.test_imports import HEADER, people, progress, upload
from tests.unit.registration.office_files import workbook

WRONG = "350426198006150000"


def faulty(count=9, wrong=(4,)):
    """Rows of whom some have a number with a wrong check digit, with a column nobody knows."""
    rows = [[*row, f"备注{n}"] for n, row in enumerate(people(count))]
    for place in wrong:
        rows[place][4] = WRONG
    return [[*HEADER, "村内备注"], *rows]


async def faults(registration, import_id, http=None, **query):
    answer = await (http or registration.http).get(f"/v1/imports/{import_id}/faults", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def returned(registration, import_id):
    answer = await registration.get(f"/v1/imports/{import_id}/faulty-rows")
    assert answer.status_code == 200, answer.text
    return openpyxl.load_workbook(io.BytesIO(answer.content))


def saved(book):
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


class TestFaults:
    async def test_are_shown_at_their_cells_in_the_layout_of_the_file(self, registration):
        rows = faulty()
        import_id = await upload(registration, csv_of(rows))
        await registration.run_imports()
        shown = await faults(registration, import_id)
        assert shown["heading"] == rows[0]
        (row,) = shown["items"]
        assert (row["line"], row["cells"]) == (6, rows[5])
        assert [(one["column"], one["column_no"]) for one in row["faults"]] == [("证件号码", 4)]
        assert "校验码" in row["faults"][0]["detail_zh"]

    @pytest.mark.parametrize(
        ("heading", "called"),
        [(("证件号码", "姓名", "身份"), "认定部门"), (("id_number", "name", "status"), "department")],
    )
    async def test_call_a_column_that_is_not_there_as_the_file_would(self, registration, heading, called):
        rows = [heading, (number(), "陈某甲", "低保对象")]
        import_id = await upload(registration, csv_of(rows), kind="statuses", listed_on="2019-09-03")
        await registration.run_imports()
        (row,) = (await faults(registration, import_id))["items"]
        assert called in [one["column"] for one in row["faults"]]

    async def test_come_in_pages_across_pieces(self, registration, monkeypatch):
        monkeypatch.setattr(keeping_rows, "_AT_ONCE", 2)
        import_id = await upload(registration, csv_of(faulty(20, range(1, 20, 3))))
        await registration.run_imports()
        seen, after = [], None
        while after is not None or not seen:
            shown = await faults(registration, import_id, limit=2, **({"after": after} if after else {}))
            seen += [row["line"] for row in shown["items"]]
            after = shown["next_after"]
            if not shown["items"]:
                break
        assert seen == [place + 2 for place in range(1, 20, 3)]

    async def test_name_the_sheet_where_there_are_several(self, registration):
        rows = faulty(6, (4,))
        body = workbook(东街=[rows[0], *rows[1:4]], 西街=[rows[0], *rows[4:]])
        import_id = await upload(registration, body, "two.xlsx")
        await registration.run_imports()
        (row,) = (await faults(registration, import_id))["items"]
        assert (row["sheet"], row["cells"][4]) == ("西街", WRONG)

    async def test_are_masked_for_whoever_may_not_see_personal_data_and_looking_is_audited(
        self, registration
    ):
        import_id = await upload(registration, csv_of(faulty()))
        await registration.run_imports()
        clerk = await registration.client(scopes=("registration:read",), subject="clerk")
        (row,) = (await faults(registration, import_id, clerk))["items"]
        assert (row["cells"][3], row["cells"][4], row["cells"][6]) == ("张*", "350426********0000", "***")
        refused = await clerk.get(f"/v1/imports/{import_id}/faulty-rows")
        assert (refused.status_code, refused.json()["type"].rsplit(":", 1)[1]) == (403, "rows-of-others")
        looked = await registration.rows(
            "SELECT operation FROM person_lookups WHERE subject = 'clerk' ORDER BY id"
        )
        assert [row[0] for row in looked] == ["list_faulty_rows", "download_faulty_rows_refused"]

    async def test_lie_sealed(self, registration):
        await upload(registration, csv_of(faulty()))
        await registration.run_imports()
        bodies = await registration.rows("SELECT body FROM import_rows")
        assert len(bodies) == 2
        assert not [body for (body,) in bodies if b"350426" in body or "张".encode() in body]


class TestReturnedFile:
    @pytest.mark.parametrize("wrong", [(4,), (0,), (2, 3, 4)])
    async def test_is_corrected_sent_again_and_everybody_is_there(self, registration, wrong):
        rows = faulty(9, wrong)
        for place in wrong[1:]:
            rows[place + 1][4] = f"35042619800615000{place}"
        first = await upload(registration, csv_of(rows))
        await registration.run_imports()
        book = await returned(registration, first)
        sheet = book.worksheets[0]
        assert [cell.value for cell in sheet[1]] == [*rows[0], "错误原因"]
        reasons = [sheet.cell(line, 8).value for line in range(2, sheet.max_row + 1)]
        assert all(reasons)
        for line in range(2, sheet.max_row + 1):
            if "校验码" in sheet.cell(line, 8).value:
                assert sheet.cell(line, 5).fill.fgColor.rgb == "FFFFC7CE"
                sheet.cell(line, 5).value = number()
        again = await upload(registration, saved(book), "again.xlsx")
        await registration.run_imports()
        told = await progress(registration, again)
        assert (told["state"], told["rejected"], told["new"]) == ("done", 0, len(reasons))
        assert await registration.value("SELECT count(*) FROM enrollments") == 9
        assert not (await faults(registration, again))["items"]

    async def test_as_csv_holds_the_same_and_is_read_again(self, registration):
        rows = faulty()
        rows[5][6] = "=1+1"
        first = await upload(registration, csv_of(rows))
        await registration.run_imports()
        answer = await registration.get(f"/v1/imports/{first}/faulty-rows", format="csv")
        given = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert given[0] == [*rows[0], "错误原因"]
        assert given[1][:6] == rows[5][:6]
        assert given[1][6] == "'=1+1"
        again = await upload(registration, answer.content.replace(WRONG.encode(), number().encode()))
        await registration.run_imports()
        assert (await progress(registration, again))["rejected"] == 0

    async def test_that_comes_back_faulty_has_its_reasons_once(self, registration):
        first = await upload(registration, csv_of(faulty()))
        await registration.run_imports()
        again = await upload(registration, saved(await returned(registration, first)), "again.xlsx")
        await registration.run_imports()
        sheet = (await returned(registration, again)).worksheets[0]
        assert [cell.value for cell in sheet[1]].count("错误原因") == 1


class TestApply:
    async def test_imports_the_very_file_of_a_dry_run_once(self, registration):
        dry = await upload(registration, csv_of(faulty()), dry_run="true")
        early = await registration.http.post(f"/v1/imports/{dry}/apply", json={})
        assert early.status_code == 409
        await registration.run_imports()
        assert await registration.value("SELECT count(*) FROM enrollments") == 0
        told = await progress(registration, dry)
        answer = await registration.http.post(f"/v1/imports/{dry}/apply")
        assert answer.status_code == 202, answer.text
        real = answer.json()["import_id"]
        await registration.run_imports()
        assert await progress(registration, real) == told
        assert (await registration.get(f"/v1/imports/{real}")).json()["dry_run_of"] == dry
        assert await registration.value("SELECT count(*) FROM enrollments") == 8
        assert await registration.value("SELECT count(*) FROM import_pieces") == 0
        for again in (dry, real):
            refused = await registration.http.post(f"/v1/imports/{again}/apply")
            assert refused.json()["type"].endswith("dry-run-not-to-apply"), refused.text
