"""Common rules of a province are written once: who extends them, what differs, whose each value is."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from canbao.commands.policy import command
from libs.common.policy import Notice, NoticeInvalid, load_all, load_notice, load_notice_bytes, parse_question
from libs.common.policy import assess as answer_of
from libs.common.policy.format.extending import own_text
from libs.common.policy.live import LiveNotices
from libs.common.policy.telling.compare import compare
from libs.common.policy.telling.describe import describe
from libs.common.policy.words.names import Language

PROVINCE = """
base:
  year: 2027
  level: province
  title: 某省关于居民医保参保工作的通知
  document_no: 某医保发〔2026〕9号
  issuer: 某省医保局
  question_prefix: MS
  division: "37"
amounts:
  - {name: own, clause: 一, label: {zh: 个人, en: own}, value: 400元}
windows:
  - {id: main, kind: main, clause: 二, label: {zh: 集中期, en: main window}, from: 2026-09-01, to: 2026-12-31}
  - {id: makeup, kind: makeup, clause: 二, label: {zh: 补缴期, en: make-up}, from: 2027-01-01, to: 2027-02-28}
benefit:
  clause: 三；四
  from: 2027-01-01
  to: 2027-12-31
  rules:
    - {id: main, clause: 三, label: {zh: 年度, en: year}, windows: [main], start: {anchor: coverage_start}}
    - {id: late, clause: 四, label: {zh: 次日, en: day after}, start: {anchor: day_after_payment}}
waiting:
  clause: 五
  label: {zh: 等待期, en: wait}
  counted_from: 2025
  fixed_months: 3
  months_per_year: 1
  years_in_fixed: 1
  rules:
    - {id: makeup, clause: 五, label: {zh: 补缴, en: late}, windows: [makeup], who: everybody, anchor: payment_day}
household: {clause: 六, label: {zh: 按人, en: each}, unit: individual}
open_questions:
  - {id: MS-1, clause: 五, problem: {zh: 问, en: asked}, reading: {zh: 读, en: read}, basis: assumed, owner: bureau}
"""  # noqa: E501
COUNTY = """
notice:
  county: east
  year: 2027
  division: "370999"
  level: county
  place: {zh: 东县, en: East}
  scheme: {zh: 居民医保, en: residents' insurance}
  title: 东县通知
  document_no: 东政办〔2026〕1号
  issuer: 东县
  effective_from: 2026-09-01
  question_prefix: DX
  extends: mou/2027
scope:
  clause: 一
  admit: [{id: all, clause: 一, label: {zh: 所有人, en: everybody}, when: {hukou: [county]}}]
prices:
  - {id: own, clause: 二, label: {zh: 标准, en: standard}, sum: [own], own: own}
statuses: []
payers: []
subsidies:
  clause: 五
  stacking: {rule: highest, clause: 五}
  rules: []
  after_payment: {clause: 五, label: {zh: 不再补退, en: nothing}, rule: nothing}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path, "mou/2027.base.yaml", PROVINCE)
    write(tmp_path, "east/2027.yaml", COUNTY)
    return tmp_path


def write(root: Path, file: str, text: str) -> Path:
    path = root / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def county(root: Path, *lines: str, less: str = "") -> Notice:
    """The county's notice with more lines, or with some of its head."""
    text = COUNTY.replace("  extends: mou/2027\n", f"  extends: mou/2027\n{less}")
    return load_notice(write(root, "east/2027.yaml", text + "\n".join(lines)))


def assess(notice: Notice, at: str = "2026-10-10") -> dict:
    person = {
        "born": "1980-01-01",
        "sex": "female",
        "hukou": "county",
        "history": {"insured_years": [2025, 2026]},
    }
    asked = {"county": "east", "year": 2027, "at": f"{at}T10:00:00+08:00", "person": person, "case": "x"}
    return answer_of(notice, parse_question(asked)).as_dict()


def clauses(notice: Notice, at: str = "2026-10-10") -> dict[str, str]:
    return {str(step["rule"]): str(step["clause"]) for step in assess(notice, at)["trace"]}


def said(notice: Notice, section: str, lang: Language = "zh") -> str:
    (found,) = (one for one in describe(notice, lang) if one.key == section)
    return "\n".join(
        f"{entry.clause} {entry.title} {dict(entry.facts)}"
        for block in found.blocks
        for entry in block.entries
    )


def flaws(root: Path, *lines: str, less: str = "") -> list[tuple[str, int, str]]:
    with pytest.raises(NoticeInvalid) as found:
        county(root, *lines, less=less)
    return [(flaw.file, flaw.line, flaw.problem) for flaw in found.value.flaws]


class TestCommonRules:
    def test_answer_for_a_county_that_writes_only_its_own(self, root):
        got = assess(load_notice(root / "east/2027.yaml"))

        assert (got["own_due_fen"], got["benefit"]) == (40000, {"from": "2027-01-01", "to": "2027-12-31"})

    def test_are_cited_by_the_number_of_their_document(self, root):
        cited = clauses(load_notice(root / "east/2027.yaml"))

        assert cited["windows.main"].startswith("某医保发〔2026〕9号 ")
        assert "某医保发〔2026〕9号 三；某医保发〔2026〕9号 四" in said(
            load_notice(root / "east/2027.yaml"), "benefit"
        )
        assert cited["prices.own"] == "二"

    def test_give_way_to_what_the_county_says_for_itself(self, root):
        head = "windows:\n  - {id: main, kind: main, clause: 三, label: {zh: 集中期, en: main window}"
        own = f"{head}, from: 2026-10-01, to: 2026-12-31}}"
        notice = county(root, own)

        assert assess(notice, "2026-09-10")["reason_codes"] == ["window_not_open"]
        assert assess(notice, "2027-01-10")["window"] == "makeup"

    def test_are_tried_after_those_of_the_county(self, root):
        whole = "{id: whole, clause: 一, label: {zh: 全, en: whole}, sum: [own], own: own}"
        write(root, "mou/2027.base.yaml", f"{PROVINCE}prices:\n  - {whole}\n")
        half = whole.replace("id: whole", "id: half, windows: [main], percent: 50%")
        text = COUNTY.replace(
            "{id: own, clause: 二, label: {zh: 标准, en: standard}, sum: [own], own: own}", half
        )
        notice = load_notice(write(root, "east/2027.yaml", text))

        assert assess(notice)["own_due_fen"] == 20000
        assert assess(notice, "2027-01-10")["own_due_fen"] == 40000

    def test_change_value_by_value_in_a_section_and_each_tells_whose_it_is(self, root):
        notice = county(root, "waiting: {clause: 八, fixed_months: 6}")

        assert assess(notice, "2027-01-10")["wait"]["total_months"] == 6
        told = said(notice, "waiting")
        assert "八；某医保发〔2026〕9号 五" in told
        assert "'固定等待期（月）': '6'" in told
        assert "'断保起算年度': '2025（某医保发〔2026〕9号）'" in told
        assert "'years counted from': '2025 (某医保发〔2026〕9号)'" in said(notice, "waiting", "en")

    def test_are_left_out_where_they_do_not_hold(self, root):
        less = "  without: [windows.makeup, waiting]\n"

        assert assess(county(root, less=less), "2027-01-10")["reason_codes"] == ["window_closed"]

    def test_may_extend_those_of_the_country(self, root):
        shared, households = PROVINCE.split("household:")
        head, rules = shared.split("amounts:")
        country = (
            head.replace("某医保发", "国办发")
            .replace("MS", "GJ")
            .replace("level: province", "level: country")
        )
        country = country.replace('  division: "37"\n', "")
        write(root, "china/2027.base.yaml", f"{country}amounts:{rules}")
        write(root, "mou/2027.base.yaml", f"{head}  extends: china/2027\nhousehold:{households}")
        notice = load_notice(root / "east/2027.yaml")

        assert [one.head.level for one in notice.bases] == ["province", "country"]
        assert clauses(notice)["windows.main"].startswith("国办发〔2026〕9号 ")
        assert said(notice, "household").startswith("某医保发〔2026〕9号 六")


class TestVersion:
    def test_is_of_all_that_is_said(self, root):
        before = load_notice(root / "east/2027.yaml")
        write(root, "mou/2027.base.yaml", PROVINCE.replace("400元", "420元"))
        after = load_notice(root / "east/2027.yaml")

        assert before.ref != after.ref

    def test_is_read_again_when_the_files_are_gone(self, root):
        kept = load_notice(root / "east/2027.yaml")
        again = load_notice_bytes(kept.source_text, "east/2027.yaml")

        assert (again.ref, assess(again)) == (kept.ref, assess(kept))
        assert own_text(kept.source_text).decode() == COUNTY

    def test_of_a_notice_that_extends_nothing_is_that_of_its_file(self):
        for notice in load_all().values():
            assert own_text(notice.source_text) == notice.source_text

    def test_differences_are_those_of_meaning(self, root):
        extends = load_notice(root / "east/2027.yaml")
        waits = county(root, "waiting: {clause: 八, fixed_months: 6}")

        (section,) = compare(extends, waits)
        assert (section.key, [d.facts for d in section.differences]) == (
            "waiting",
            [(("固定等待期（月）", "3", "6"),)],
        )

    def test_is_not_what_a_notice_means(self, root):
        extends = county(root, less="  without: [open_questions]\n")
        rules = PROVINCE[PROVINCE.index("amounts:") : PROVINCE.index("open_questions:")]
        text = COUNTY.replace("  extends: mou/2027\n", "")

        assert compare(extends, load_notice(write(root, "east/2027.yaml", text + rules))) == []


class TestMistakes:
    def test_are_named_in_the_file_that_has_them(self, root):
        write(root, "mou/2027.base.yaml", PROVINCE.replace("400元", "400"))
        line = PROVINCE[: PROVINCE.index("400元")].count("\n") + 1

        assert flaws(root) == [("mou/2027.base.yaml", line, "'400' is not an amount of money")]

    @pytest.mark.parametrize(
        ("lines", "less", "problem"),
        [
            (["waiting: {fixed_months: 6}"], "", "a value that differs from the base has no `clause`"),
            ([], "  without: [windows.overdue]\n", "the base has no 'windows.overdue'"),
        ],
    )
    def test_between_a_file_and_its_base_are_named(self, root, lines, less, problem):
        assert problem in [flaw[2] for flaw in flaws(root, *lines, less=less)]

    @pytest.mark.parametrize(
        ("lines", "problem"),
        [
            ("household: {clause: 六, {PLACE}: each}", "unknown key"),
            ("{PLACE}: each", "unknown key"),
            ("windows: [{id: [main], clause: 三}]", "a single value is expected here, not a list or a block"),
        ],
    )
    def test_keys_and_names_that_are_no_text_are_named(self, root, lines, problem):
        assert any(flaw[2].startswith(problem) for flaw in flaws(root, lines))

    def test_a_key_of_a_base_that_is_no_text_is_named(self, root):
        write(root, "mou/2027.base.yaml", f"{PROVINCE}{{PLACE}}: each\n")

        ((file, line, problem),) = flaws(root)
        assert (file, line) == ("mou/2027.base.yaml", PROVINCE.count("\n") + 1)
        assert problem.startswith("unknown key")

    def test_a_base_that_is_not_there_or_of_others_is_named(self, root):
        (root / "mou/2027.base.yaml").rename(root / "mou/2026.base.yaml")
        assert "there is no base 'mou/2027'" in [flaw[2] for flaw in flaws(root)]
        write(
            root, "mou/2027.base.yaml", PROVINCE.replace('"37"', '"41"').replace("year: 2027", "year: 2026")
        )
        assert [flaw[2] for flaw in flaws(root)] == [
            "'mou/2027' is a base of another area",
            "the file says it is 2026",
        ]

    def test_nothing_outside_the_directory_is_read(self, root):
        write(root.parent, "outside/2027.base.yaml", PROVINCE)
        text = COUNTY.replace("extends: mou/2027", "extends: ../outside/2027")
        with pytest.raises(NoticeInvalid, match=r"there is no base '\.\./outside/2027'"):
            load_notice(write(root, "east/2027.yaml", text))

    def test_a_circle_of_bases_is_named(self, root):
        write(root, "mou/2027.base.yaml", PROVINCE.replace("  level:", "  extends: mou/2027\n  level:"))

        assert "the bases extend one another in a circle" in [flaw[2] for flaw in flaws(root)]

    def test_a_base_is_checked_by_itself(self, root):
        path = root / "mou/2027.base.yaml"
        good = CliRunner().invoke(command, ["check", str(path), "--lang", "en"])
        write(root, "mou/2027.base.yaml", PROVINCE.replace("kind: main", "kind: mane"))
        wrong = CliRunner().invoke(command, ["check", str(path), "--lang", "en"])

        assert (good.exit_code, wrong.exit_code) == (0, 1)
        assert (
            f"{path}:{PROVINCE[: PROVINCE.index('kind: main')].count(chr(10)) + 1}: 'mane' is not known here"
            in wrong.output
        )


class TestFilesThatSomebodyNames:
    @pytest.mark.parametrize("where", [("east", "2027.yaml"), (".", "east/2027.yaml")])
    def test_extend_what_lies_beside_them_wherever_one_stands(self, root, monkeypatch, where):
        place, name = where
        person = "{born: 1980-06-15, sex: female, hukou: county, history: {insured_years: [2025, 2026]}}"
        case = (
            f"{{name: 应缴400元, clause: 二, at: 2026-10-10, person: {person}, expect: {{own_due: 400元}}}}"
        )
        write(root, "east/2027.cases.yaml", f"cases:\n  - {case}\n")
        monkeypatch.chdir(root / place)

        checked = CliRunner().invoke(command, ["check", name, "--lang", "en"])
        shown = CliRunner().invoke(command, ["show", name, "--lang", "en"])

        assert (checked.exit_code, shown.exit_code) == (0, 0), checked.output + shown.output
        assert "某医保发〔2026〕9号" in shown.output


class TestAnotherYear:
    def draft(self, root, name):
        return CliRunner().invoke(
            command, ["new", name, "2028", "--from", "2027", "--policies", str(root), "--lang", "en"]
        )

    def test_is_drafted_of_a_base_and_of_a_county_which_hears_that_its_base_is_of_the_old_one(self, root):
        base, notice = self.draft(root, "mou"), self.draft(root, "east")

        assert (base.exit_code, notice.exit_code) == (0, 0), base.output + notice.output
        drafted = (root / "mou/2028.base.yaml").read_text(encoding="utf-8")
        assert "year: 2028" in drafted and "from: 2027-09-01, to: 2027-12-31" in drafted
        assert "notice.extends: mou/2027 (still speaks of the time of 2027)" in notice.output
        assert "amounts" not in (root / "east/2028.yaml").read_text(encoding="utf-8")


class TestWhileRunning:
    def test_a_changed_base_takes_effect_for_all_who_extend_it(self, root):
        notices = LiveNotices(root)
        before = notices[("east", 2027)].ref
        write(root, "mou/2027.base.yaml", PROVINCE.replace("400元", "420元"))
        assert not notices.look(), "it may just be being written"

        assert notices.look()
        assert notices[("east", 2027)].ref != before
        assert assess(notices[("east", 2027)])["own_due_fen"] == 42000

    def test_a_faulty_base_harms_nobody_in_force(self, root):
        notices = LiveNotices(root)
        write(root, "mou/2027.base.yaml", PROVINCE.replace("400元", "400"))
        notices.look()
        notices.look()

        assert [flaw.file for flaw in notices.flaws] == ["mou/2027.base.yaml"]
        assert assess(notices[("east", 2027)])["own_due_fen"] == 40000
