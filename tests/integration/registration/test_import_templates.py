"""Templates: what their lists offer is taken, of any kind and notice; a filled one is imported whole."""

import io

import openpyxl
import pytest
from openpyxl.utils.cell import range_boundaries

from services.registration.imports.columns import IMPORTS, KINDS, REQUIRED
from services.registration.imports.explanations import titles
from services.registration.imports.sheets import CHOICES_SHEET, EXPLANATION_SHEET
from services.registration.rosters.admission import known_statuses
from tests.integration.registration.builders import number
from tests.integration.registration.test_imports import progress, upload

#: A county with one tier, one with two and with classes, one with add-ons; and a village of each.
VILLAGES = {
    ("youxi", 2020): "350426101203",
    ("huining", 2021): "620422101201",
    ("huilong", 2020): "500155112200",
}
AT = {2020: "2019-09-25T10:00:00+08:00", 2021: "2020-09-25T10:00:00+08:00"}


async def fetched(registration, kind, county="youxi", year=2020):
    answer = await registration.get(f"/v1/import-templates/{kind}", county=county, coverage_year=year)
    assert answer.status_code == 200, answer.text
    return openpyxl.load_workbook(io.BytesIO(answer.content))


def offered(book):
    """The words of each column with a list, by the column's title."""
    table, found = book.worksheets[0], {}
    for rule in table.data_validations.dataValidation:
        if rule.type == "list":
            column = min(rule.sqref.ranges, key=str).min_col
            sheet, cells = rule.formula1.lstrip("=").rsplit("!", 1)
            left, top, _, bottom = range_boundaries(cells.replace("$", ""))
            words = [book[sheet.strip("'")].cell(row, left).value for row in range(top, bottom + 1)]
            found[table.cell(1, column).value] = words
    return found


def saved(book):
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def fill(book, *rows):
    """Write rows, each as cells by title, below the heading."""
    table = book.worksheets[0]
    places = {cell.value: cell.column for cell in table[1]}
    for line, cells in enumerate(rows, start=2):
        for title, value in cells.items():
            table.cell(line, places[title]).value = value
    return saved(book)


def plain(kind, county_year, n):
    """A row with what is needed, and no more."""
    village = VILLAGES[county_year]
    return {
        "households": {"户号": f"H{n}", "村代码": village, "与户主关系": "户主", "姓名": f"张{n}"},
        "survey": {"户号": f"H{n}", "村代码": village, "与户主关系": "户主", "姓名": f"张{n}"},
        "statuses": {"姓名": f"张{n}", "认定日期": "2019-09-01", "名册日期": AT[county_year[1]][:10]},
        "history": {"参保年度": 2018, "参保地": "三明市", "险种": "居民医保"},
    }[kind] | {"证件号码": number()}


#: What goes with a word of a list, so that the row says one thing.
WITH = {
    "已终止": {"职工医保终止日期": "2019-08-31"},
    "不参保": {"未参保原因": "拒绝"},
}
DOCUMENTS = {
    "港澳台居民居住证": "810000199408230021",
    "港澳居民来往内地通行证": "H12345678",
    "台湾居民来往大陆通行证": "12345678",
    "外国人永久居留身份证": "CHN110085062522",
    "出生医学证明": "T350000001",
}


def row_of(kind, county_year, n, title, word, notice):
    row = plain(kind, county_year, n) | {title: word} | WITH.get(word, {})
    if title == "未参保原因":
        row |= {"摸底结果": "不参保", "证明材料": "证明"}
    if title == "证件类型" and word in DOCUMENTS:
        row |= {"证件号码": DOCUMENTS[word]}
        if kind in ("households", "survey"):
            row |= {"性别": "女", "出生日期": "1994-08-23"}
    if title == "与户主关系" and word != "户主":
        row["户号"] = "H1"
    if title == "性别" and word == "男":
        row["证件号码"] = number(sex="male")
    if kind == "statuses":
        row = _roster(row, title, word, notice)
    return row


def _roster(row, title, word, notice):
    """A status with its own department, and the class or the department of the word."""
    rules = list(notice.statuses.values())
    if title == "身份":
        rule = next(one for one in rules if one.label.zh == word)
    elif title == "类别":
        rule = next(one for one in rules for kind in one.classes if kind.label.zh == word)
    elif title == "认定部门":
        rule = next(one for one in rules if notice.departments[one.department].label.zh == word)
    else:
        rule = rules[0]
    return row | {"身份": rule.label.zh, "认定部门": notice.departments[rule.department].label.zh}


class TestLists:
    @pytest.mark.parametrize("county_year", list(VILLAGES))
    @pytest.mark.parametrize("kind", list(IMPORTS))
    async def test_every_word_that_a_list_offers_is_taken(self, registration, kind, county_year):
        county, year = county_year
        book = await fetched(registration, kind, county, year)
        notice = registration.context.notices[county, year]
        words = [(title, word) for title, all_of in offered(book).items() for word in all_of]
        rows = [plain(kind, county_year, 1)]
        if kind == "statuses":
            rows = [_roster(rows[0], "", "", notice)]
        rows += [
            row_of(kind, county_year, n, title, word, notice) for n, (title, word) in enumerate(words, 2)
        ]
        import_id = await upload(
            registration, fill(book, *rows), "t.xlsx", kind=kind, county=county, coverage_year=str(year),
            at=AT[year],
        )  # fmt: skip
        await registration.run_imports()
        errors = await registration.get(f"/v1/imports/{import_id}/errors.csv")
        told = await progress(registration, import_id)
        assert (told["state"], told["rejected"]) == ("done", 0), errors.text
        assert told["new"] == len(rows)

    async def test_words_of_a_notice_are_kept_as_its_codes(self, registration):
        book = await fetched(registration, "statuses", "huining", 2021)
        notice = registration.context.notices["huining", 2021]
        rows = [
            _roster(plain("statuses", ("huining", 2021), n), "身份", word, notice)
            for n, word in enumerate(offered(book)["身份"])
        ]
        rows[0] |= {"类别": "农村二类", "等级": "三级"}
        await upload(
            registration, fill(book, *rows), "t.xlsx", kind="statuses", county="huining",
            coverage_year="2021", at=AT[2021],
        )  # fmt: skip
        await registration.run_imports()
        kept = await registration.rows("SELECT DISTINCT status, department FROM rosters")
        assert {row[0] for row in kept} == {rule.code for rule in notice.statuses.values()}
        assert {row[0] for row in kept} <= set(known_statuses(registration.context.notices))
        assert {row[1] for row in kept} == {rule.department for rule in notice.statuses.values()}


class TestWorkbook:
    @pytest.mark.parametrize("kind", list(KINDS))
    async def test_has_one_heading_marks_what_is_needed_and_explains_every_column(self, registration, kind):
        book = await fetched(registration, kind, "huilong", 2020)
        table = book.worksheets[0]
        named = [cell.value for cell in table[1]]
        assert named == list(titles(kind).values())
        colors = {cell.value: cell.fill.fgColor.rgb for cell in table[1]}
        needed = {KINDS[kind][name][0] for name in REQUIRED[kind]}
        assert {colors[title] for title in needed} == {"FFF8CBAD"}
        assert all("必填" in cell.comment.text for cell in table[1] if cell.value in needed)
        explained = book[EXPLANATION_SHEET]
        assert [row[0].value for row in explained.iter_rows(min_row=2)] == named
        assert all(cell.value for row in explained.iter_rows(min_row=2) for cell in row)
        assert book.worksheets[-1].title != CHOICES_SHEET or book.worksheets[-1].sheet_state == "hidden"

    async def test_numbers_are_texts_and_days_are_days(self, registration):
        table = (await fetched(registration, "households")).worksheets[0]
        widths = list(table.column_dimensions.values())
        formats = {
            cell.value: next(one.number_format for one in widths if one.min <= cell.column <= one.max)
            for cell in table[1]
        }
        assert {formats[title] for title in ("证件号码", "户号", "村代码")} == {"@"}
        assert formats["出生日期"] == "yyyy-mm-dd"

    async def test_a_filled_one_is_imported_and_none_of_its_sheets_is_told_of(self, registration):
        book = await fetched(registration, "households")
        rows = [plain("households", ("youxi", 2020), n) for n in range(3)]
        import_id = await upload(registration, fill(book, *rows), "filled.xlsx")
        await registration.run_imports()
        assert await progress(registration, import_id) == {
            **dict(state="done", rows_done=3, new=3, updated=0, unchanged=0, rejected=0),
        }

    async def test_an_office_without_a_notice_is_told_so(self, registration):
        answer = await registration.get(
            "/v1/import-templates/households", county="youxi", coverage_year="2015"
        )
        assert answer.status_code == 404
        assert answer.json()["type"].endswith("notice-not-found")
