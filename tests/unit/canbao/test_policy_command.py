"""`canbao policy`: what a clerk reads on the screen or in a pipe."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.cells import cell_len

from canbao.commands.policy import command
from libs.common.dates import add_months, instant_of
from libs.common.policy import load_all, load_notice, policies_dir

YOUXI = (policies_dir() / "youxi" / "2020.yaml").read_text(encoding="utf-8")
NAMES = ["youxi/2020", "huining/2021", "dongan/2020", "huilong/2020", "songming/2018"]
CASES = (policies_dir() / "youxi" / "2020.cases.yaml").read_text(encoding="utf-8")


def call(*args: str | Path, status: int = 0, locale: str = "C.UTF-8") -> str:
    result = CliRunner(env={"LC_ALL": locale}).invoke(command, [str(arg) for arg in args])
    assert result.exit_code == status, result.output
    return result.output


@pytest.fixture
def youxi(tmp_path):
    """Return a function that writes a notice and its cases, changed or not."""

    def write(notice: str = YOUXI, cases: str | None = CASES) -> Path:
        path = tmp_path / "youxi" / "2020.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(notice, encoding="utf-8")
        if cases is not None:
            path.with_name("2020.cases.yaml").write_text(cases, encoding="utf-8")
        return path

    return write


def line_of(text: str, needle: str) -> int:
    return text[: text.index(needle)].count("\n") + 1


class TestCheck:
    def test_every_notice_here_is_good(self):
        lines = call("check").splitlines()
        assert len(lines) == len(load_all())
        assert all("worked cases hold" in line for line in lines)

    def test_a_directory_may_be_named(self, youxi):
        path = youxi()
        assert call("check", "--policies", path.parents[1]).startswith(str(path))

    def test_a_mistake_is_named_by_file_line_and_mend(self, youxi):
        path = youxi(YOUXI.replace("    value: 250元", "    value: 250"))
        found = call("check", path, status=1)
        assert f"{path}:{line_of(YOUXI, 'value: 250元')}: '250' is not an amount of money. Mend: " in found

    def test_a_wrong_value_is_found_by_a_case_in_yuan(self, youxi):
        path = youxi(YOUXI.replace("    price: 30元", "    price: 40元"))
        found = call("check", path, status=1)
        line = line_of(CASES, "意外险30元单列")
        assert f"2020.cases.yaml:{line}: 意外险30元单列，免缴的人也照收 (三(三)): " in found
        assert "add_on_due: expected 30元, got 40元. Mend: " in found

    def test_a_wrong_share_is_found_in_yuan_too(self, youxi):
        share = "{payer: medical_assistance, amount: 250元"
        path = youxi(cases=CASES.replace(share, share.replace("250", "240"), 1))
        found = call("check", path, status=1)
        assert "amount: 240元" in found
        assert "_fen" not in found

    def test_a_chinese_locale_reads_chinese(self, youxi):
        path = youxi(YOUXI.replace("    value: 250元", "    value: 250"))
        line = line_of(YOUXI, "value: 250元")

        assert f"{path}:{line}: '250'不是金额。改法：" in call("check", path, status=1, locale="zh_CN.UTF-8")
        assert "Mend: " in call("check", "--lang", "en", path, status=1, locale="zh_CN.UTF-8")
        assert "个算例成立" in call("check", youxi(), locale="zh_CN.UTF-8")

    def test_what_is_probably_wrong_is_a_warning(self, youxi):
        old, new = "{zh: 2020年6月30日前缴费", "{zh: 2018年6月30日前缴费"
        path = youxi(YOUXI.replace(old, new))

        said = call("check", path)

        line = line_of(YOUXI, "- id: own\n    clause: 三(一)")
        assert f"{path}:{line}: warning: “2018年6月30日前缴费” speaks of 2018" in said
        assert "55 worked cases hold" in said

    def test_the_file_of_cases_may_be_named_instead(self, youxi):
        assert "good" in call("check", youxi().with_name("2020.cases.yaml"))

    def test_a_notice_without_cases_is_not_good(self, youxi):
        assert "there are no worked cases" in call("check", youxi(cases=None), status=1)

    @pytest.mark.parametrize(
        ("cases", "line", "problem"),
        [
            ("cases:\n  - {name: a, clause: 一}\n", 2, "the case lacks expect"),
            ("cases:\n  - {clause: 一, expect: {}}\n", 2, "the case lacks name"),
            ("defaults: {}\n", 1, "there is no list of `cases`"),
            ("cases: [\n", 2, "not YAML"),
            ("", 1, "there is no list of `cases`"),
            (
                "defaults:\n  at: 2019-11-20\n  person: {born: 1980-06-15, hukow: county}\n"
                "cases:\n  - {name: a, clause: 一, expect: {outcome: payable}}\n",
                5,
                "person.hukow: is not a field",
            ),
            (
                "defaults:\n  at: 2019-11-20\n  person: {born: 1980-06-15, hukou: county}\n"
                "cases:\n  - {name: a, clause: 一, expect: {}}\n"
                "  - {name: b, clause: 一, expect: {own_due: 250块}}\n",
                6,
                "'250块' is not an amount",
            ),
            (
                "defaults:\n  at: 2019-11-20\n  person: {born: 1980-06-15, hukou: county}\n"
                "cases:\n  - {name: a, clause: 一, expect: {own_deu: 250元}}\n",
                5,
                "own_deu",
            ),
        ],
    )
    def test_a_mistake_in_the_cases_is_named_too(self, youxi, cases, line, problem):
        found = call("check", youxi(cases=cases), status=1)
        assert f"2020.cases.yaml:{line}: " in found
        assert problem in found
        assert "Mend: " in found

    def test_a_file_that_is_not_there(self, tmp_path):
        assert "cannot be read" in call("check", tmp_path / "youxi" / "2020.yaml", status=1)

    def test_an_empty_directory_is_not_good(self, tmp_path):
        assert "there is no" in call("check", "--policies", tmp_path, status=1)


class TestPreview:
    def test_shows_a_notice_as_payers_read_it(self):
        said = call("preview", "youxi", "2020")

        assert said.startswith("# 尤溪县2020年度城乡居民基本医疗保险")
        assert "## 从什么时候享受待遇" in said
        assert "## Covered from when" in call("preview", "youxi/2020", "--lang", "en")


class TestShow:
    @pytest.mark.parametrize("lang", ["zh", "en"])
    @pytest.mark.parametrize("notice", NAMES)
    def test_pipes_cleanly_in_a_hundred_columns(self, notice, lang):
        for line in call("show", notice, "--lang", lang).splitlines():
            assert "\x1b" not in line
            assert line == line.rstrip()
            assert cell_len(line) <= 100

    def test_names_a_notice_in_three_ways(self, youxi):
        assert call("show", "youxi", "2020") == call("show", "youxi/2020")
        assert "四(二)1" in call("show", youxi(), "--section", "windows")

    def test_shows_only_the_sections_asked_for(self):
        text = call("show", "youxi/2020", "--section", "windows", "--lang", "en")
        assert "■ windows" in text
        assert text.count("■") == 1
        assert "2020-01-01 to 2020-02-29" in text

    def test_shows_stated_and_computed_totals_side_by_side(self):
        text = call("show", "dongan/2020", "--section", "targets")
        assert "578,500" in text
        assert "各行之和: 578,501" in text

    def test_says_what_there_is_when_a_name_is_wrong(self):
        assert "there are dongan/2020, " in call("show", "youxi", "1999", status=1)
        assert "is no section" in call("show", "youxi/2020", "--section", "window", status=2)


class TestDiff:
    def test_says_what_is_paid_otherwise(self, youxi):
        path = youxi(YOUXI.replace("    value: 250元", "    value: 280元"))
        text = call("diff", "youxi/2020", path, "--lang", "en")
        assert "250 yuan" in text
        assert "280 yuan" in text
        assert "三(一)" in text
        assert "windows" not in text

    def test_says_when_both_mean_the_same(self, youxi):
        assert "两份通知意思相同" in call("diff", "youxi/2020", youxi("# 另一种写法\n" + YOUXI))

    @pytest.mark.parametrize("lang", ["zh", "en"])
    def test_pipes_cleanly_in_a_hundred_columns(self, lang):
        text = call("diff", "youxi/2020", "dongan/2020", "--lang", lang)
        assert all(line == line.rstrip() and cell_len(line) <= 100 for line in text.splitlines())

    def test_refuses_a_file_that_is_wrong(self, youxi):
        assert "not an amount" in call("diff", "youxi/2020", youxi(YOUXI.replace("250元", "250")), status=1)


class TestSchema:
    def test_prints_what_is_committed(self):
        assert call("schema") == (policies_dir() / "notice.schema.json").read_text(encoding="utf-8")

    def test_writes_it_beside_the_notices(self, tmp_path):
        call("schema", "--write", "--policies", tmp_path)
        assert (tmp_path / "notice.schema.json").read_text(encoding="utf-8") == call("schema")


class TestNew:
    @pytest.mark.parametrize("name", NAMES)
    def test_a_draft_is_the_same_notice_a_year_later(self, name, tmp_path):
        county, before = name.split("/")
        shutil.copytree(policies_dir() / county, tmp_path / county)
        told = call("new", county, int(before) + 1, "--from", before, "--policies", tmp_path)

        old = load_notice(tmp_path / county / f"{before}.yaml")
        new = load_notice(tmp_path / county / f"{int(before) + 1}.yaml")
        assert new.year == old.year + 1
        assert [instant_of(w.from_).date() for w in new.windows] == [
            add_months(instant_of(w.from_).date(), 12) for w in old.windows
        ]
        assert new.document.notice.title == old.document.notice.title
        assert f": notice.title: {old.document.notice.title} (still speaks of the time of {before})" in told
        amounts = [amount for amount in old.document.amounts if amount.value is not None]
        assert all(f"amounts.value: {amount.value // 100}" in told for amount in amounts)

    def test_names_the_line_of_what_stays_and_days_at_the_end_of_february(self, youxi):
        path = youxi()
        told = call("new", "youxi", 2021, "--from", 2020, "--policies", path.parents[1], locale="zh_CN.UTF-8")
        text = path.with_name("2021.yaml").read_text(encoding="utf-8")
        assert f"2021.yaml:{line_of(text, '  title: ')}: notice.title: " in told
        assert "2021-02-28 (2020年度为二月底，核对日期)" in told
        assert "2021-02-29" not in text

    def test_writes_over_nothing(self, youxi):
        path = youxi()
        path.with_name("2021.yaml").write_text("mine", encoding="utf-8")
        said = call("new", "youxi", 2021, "--from", 2020, "--policies", path.parents[1], status=1)
        assert "is there already" in said
        assert path.with_name("2021.yaml").read_text(encoding="utf-8") == "mine"

    def test_of_a_year_that_is_not_there_says_what_there_is(self, youxi):
        said = call("new", "youxi", 2026, "--from", 2025, "--policies", youxi().parents[1], status=1)
        assert "there is no notice 'youxi/2025'; there are youxi/2020" in said
