"""Lines of files: columns by name, cells as offices write them, faults by column."""

from datetime import date

import pytest

from libs.common.identity import compose_resident_id
from libs.common.web.problems import Problem
from services.registration.imports.advancing import faults_of
from services.registration.imports.columns import find_columns
from services.registration.imports.rules import HouseholdLines, iso_text
from services.registration.registering.plan import Rejected

TODAY = date(2019, 11, 20)
NUMBER = compose_resident_id("350426", date(1980, 6, 15), 246)
CELLS = {
    "户号": "H1",
    "村代码": "350426101203",
    "与户主关系": "户主",
    "姓名": "张三",
    "证件号码": NUMBER,
}


def read(enroll=True, **cells):
    cells = CELLS | cells
    reader = HouseholdLines(find_columns("households", list(cells)), "youxi", 2020, TODAY, enroll=enroll)
    return reader.read(list(cells.values()), 2)


class TestColumns:
    def test_are_found_by_chinese_and_english_names_in_any_order(self):
        columns = find_columns("statuses", ["Name", "身份证号 *", "认定日期"])
        assert columns == {"name": 0, "id_number": 1, "effective_on": 2}

    def test_what_is_missing_is_named(self):
        with pytest.raises(Problem) as raised:
            find_columns("households", ["姓名", "证件号码"])
        assert raised.value.extensions["missing_columns"] == ["household_no", "division_code", "relation"]


class TestHouseholdLines:
    def test_an_ordinary_line(self):
        row = read(性别="女", 户籍="本县")
        assert (row.head, row.household_no, row.person.born) == (True, "H1", date(1980, 6, 15))
        assert (row.person.facts, row.wish.coverage_year) == ({"hukou": "county"}, 2020)

    def test_facts_in_the_words_of_offices(self):
        facts = read(
            户籍="外地", 居住证="是", 居住起始日期="2018/9/1", 职工医保="已终止", 职工医保终止日期="20191001"
        ).person.facts
        assert facts == {
            "hukou": "elsewhere",
            "residence_permit": True,
            "resident_since": "2018-09-01",
            "employee_insurance": {"state": "ended", "ended_on": "2019-10-01"},
        }

    def test_a_line_may_say_that_the_person_does_not_enroll(self):
        assert read(是否参保="否").wish is None
        assert read(enroll=False).wish is None
        assert read(enroll=False, 是否参保="是").wish is not None

    def test_tier_and_add_ons(self):
        wish = read(档次="2", 附加保险="accident；care").wish
        assert (wish.tier, wish.add_ons) == (2, ("accident", "care"))

    def test_every_fault_names_its_column(self):
        rejected = read(村代码="350426", 证件号码="1", 姓名="", 居住证="maybe", 档次="gold")
        assert isinstance(rejected, Rejected)
        assert {error.pointer for error in rejected.problem.errors} == {
            "division_code",
            "id_number",
            "name",
            "residence_permit",
            "tier",
        }

    def test_the_faults_of_cells_that_many_share_are_told_each_time(self):
        cells = CELLS | {"居住证": "maybe"}
        reader = HouseholdLines(find_columns("households", list(cells)), "youxi", 2020, TODAY, enroll=True)
        read = [reader.read(list(cells.values()), line) for line in (2, 3)]
        assert [len(rejected.problem.errors) for rejected in read] == [1, 1]

    def test_a_short_line_has_empty_cells(self):
        reader = HouseholdLines(find_columns("households", list(CELLS)), "youxi", 2020, TODAY, enroll=True)
        assert isinstance(reader.read(["H1"], 2), Rejected)


class TestCodesOfNationalStandards:
    @pytest.mark.parametrize(
        "relation", ["0", "01", "02", "户主", "*户主", "02-户主", "户主（本人）", "Head", "本人或户主"]
    )
    def test_for_the_head(self, relation):
        assert read(与户主关系=relation).head is True

    @pytest.mark.parametrize(
        "relation", ["1", "10", "2", "20", "3", "30", "4", "50", "97", "长子", "20 子", "成员", ""]
    )
    def test_for_other_members(self, relation):
        assert read(与户主关系=relation).head is False

    @pytest.mark.parametrize("relation", ["03", "00", "100", "-", "#N/A", "350426198006152243"])
    def test_for_no_relation_at_all_are_a_fault_that_says_what_is_allowed(self, relation):
        (fault,) = read(与户主关系=relation).problem.errors
        assert fault.pointer == "relation"
        assert "GB/T 4761" in fault.detail
        assert "01" in fault.detail_zh

    @pytest.mark.parametrize("sex", ["2", "女", "女性", "F", "Female", "0", "9", "未知"])
    def test_for_a_sex_that_agrees_with_the_number(self, sex):
        assert read(性别=sex).person.sex == "female"

    @pytest.mark.parametrize("sex", ["1", "男", "男性", "M", "male"])
    def test_for_the_sex_of_a_newborn(self, sex):
        newborn = {"证件号码": "T350009901", "证件类型": "出生医学证明", "出生日期": "2019-11-05"}
        assert read(性别=sex, **newborn).person.sex == "male"
        assert [error.pointer for error in read(性别=sex).problem.errors] == ["sex"]

    @pytest.mark.parametrize("sex", ["3", "男女", "x", "350426198006152243"])
    def test_for_no_sex_at_all_are_a_fault_that_says_what_is_allowed(self, sex):
        (fault,) = read(性别=sex).problem.errors
        assert fault.pointer == "sex"
        assert "男" in fault.detail_zh
        assert "1" in fault.detail


class TestHouseholdNumbers:
    @pytest.mark.parametrize(
        "cell", ["3.50426E+17", "3.5e17", "1E+05", "17.0", "?damaged number?", "350426198001010000.00"]
    )
    def test_that_a_spreadsheet_has_changed_are_refused(self, cell):
        (fault,) = read(户号=cell).problem.errors
        assert (fault.pointer, "text" in fault.detail, "文本" in fault.detail_zh) == (
            "household_no",
            True,
            True,
        )

    @pytest.mark.parametrize(
        "cell", ["0", "000", "无", "暂无", "-", "——", "/", "#N/A", "#REF!", "null", "N/A", "?"]
    )
    def test_that_name_no_household_are_refused(self, cell):
        assert [error.pointer for error in read(户号=cell).problem.errors] == ["household_no"]

    @pytest.mark.parametrize(
        ("cell", "number"),
        [
            ("１７", "17"),
            ("YX-000123", "YX-000123"),
            ("3组5户", "3组5户"),
            ("\u202a17", "17"),
            ("E17", "E17"),
        ],
    )
    def test_that_name_one_have_one_spelling(self, cell, number):
        assert read(户号=cell).household_no == number


class TestNumbers:
    @pytest.mark.parametrize("cell", ["350426198006152243", "9" * 5000, "1e9", "-1", "0", "２"])
    def test_beyond_what_a_tier_can_be_are_a_fault_of_their_column(self, cell):
        rejected = read(档次=cell)
        assert [error.pointer for error in rejected.problem.errors] == ["tier"]


class TestIsoText:
    @pytest.mark.parametrize("cell", ["2019-08-03", "2019/8/3", "20190803", "2019年8月3日", "2019.08.03"])
    def test_as_offices_write_it(self, cell):
        assert iso_text(cell) == "2019-08-03"

    @pytest.mark.parametrize("cell", ["2019-02-30", "8/3/2019", "soon"])
    def test_what_is_no_day_is_a_fault_of_its_column(self, cell):
        assert [error.pointer for error in read(出生日期=cell).problem.errors] == ["born"]
        assert [error.pointer for error in read(居住起始日期=cell).problem.errors] == ["resident_since"]

    @pytest.mark.parametrize(
        "cell", ["2019.12", "2019-11", "201911", "2019111", "2019年11月", "201908-30", "2019-0830"]
    )
    def test_without_a_day_are_a_fault_of_their_row_and_never_guessed(self, cell):
        line = read(出生日期=cell, 证件号码="T350009901", 证件类型="出生医学证明")
        assert isinstance(line, Rejected)
        assert [error.pointer for error in line.problem.errors] == ["born"]


class TestNul:
    @pytest.mark.parametrize(
        ("column", "name"),
        [
            ("姓名", "name"),
            ("地址", "address"),
            ("附加保险", "add_ons"),
            ("监护人证件号码", "guardian"),
            ("驻地", "service_stationed"),
        ],
    )
    def test_in_a_cell_is_a_fault_of_its_line_and_names_its_column(self, column, name):
        line = read(**{column: "东\0街"})
        assert isinstance(line, Rejected)
        assert "NUL" in line.problem.errors[0].detail
        assert {error.pointer for error in line.problem.errors} <= {name, "add_ons_0"}

    def test_in_a_column_that_nobody_reads_harms_nobody(self):
        assert not isinstance(read(备注="东\0街"), Rejected)


class TestFaultsOf:
    def test_a_problem_without_places_says_what_to_do_in_both_languages(self):
        from services.registration.registering.problems import NO_HEAD

        (fault,) = faults_of(7, NO_HEAD.problem())
        assert (fault.line, fault.fault_no, fault.problem) == (7, 0, "household-without-head")
        assert fault.column_name is None
        assert NO_HEAD.mend in fault.detail
        assert NO_HEAD.mend_zh in fault.detail_zh
