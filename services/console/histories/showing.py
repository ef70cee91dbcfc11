"""Puts together the page of a person's years, and the form that corrects one."""

from collections.abc import Mapping

from services.console.forms.rules import Choice, Fact, Field, Sheet
from services.console.histories.schemas import PersonHistory, Statement, Year
from services.console.pages.objects import Act, Part, Shown
from services.console.worklists.naming import Names, named
from services.console.worklists.rules import Cell, Column, Table, day, words

_BASES: Names = {
    "correction": ("医保局更正", "a correction"),
    "import": ("导入的历年参保记录", "a file"),
    "season": ("本系统参保登记", "a season here"),
    "employee_insurance": ("当年职工医保终止", "employee insurance that ended then"),
    "absence": ("完整名单中没有此人", "not named where all are known"),
}
_SCHEMES: Names = {
    "resident": ("居民医保", "residents"),
    "employee": ("职工医保", "employees"),
    "other": ("其他", "another"),
}
_SAID: Names = {
    "insured": ("该年度已参保", "insured in that year"),
    "not_insured": ("该年度未参保", "not insured in that year"),
    "taken_back": ("撤回此前的更正", "takes back what was corrected"),
    "due_from": ("自该年度起应参保", "had to be insured from that year on"),
}
_FIELDS = (
    Field("coverage_year", "年度", "Year", "count", most=4, hint_zh="如 2018。", hint="Such as 2018."),
    Field(
        "said", "更正为", "What is right", "choice",
        tuple(Choice(code, *said) for code, said in _SAID.items()),
    ),
    Field("place", "参保地", "Place", most=60, required=False),
    Field(
        "scheme", "险种", "Scheme", "choice", tuple(Choice(code, *said) for code, said in _SCHEMES.items()),
        required=False,
    ),
    Field("reason", "依据", "Why", "long", most=500),
)  # fmt: skip


def history_page(
    person_id: int, found: PersonHistory, counties: Mapping[str, tuple[str, str]], *, corrects: bool
) -> Shown:
    """The years of a person, how each is known, and everything that was said of them."""
    due = str(found.first_year_due)
    facts = [Fact("应参保起始年度", "First year due", f"{due} 年度", due)]
    acts = (Act(f"persons/{person_id}/history/correction", "更正", "Correct a year"),) if corrects else ()
    years = sorted(found.years, key=lambda one: -one.coverage_year)
    said = list(reversed(found.statements))
    parts = [
        Part(
            "各年度", "Year by year", Table(list(_YEARS), [_year(one, counties) for one in years]),
            none_zh="没有以往年度的记录。", none="Nothing is known of years before.",
        ),
        Part(
            "历次记载", "All that was said", Table(list(_STATEMENTS), [_statement(one) for one in said]),
            none_zh="没有导入或更正过。", none="No file or correction says anything.",
        ),
    ]  # fmt: skip
    return Shown(
        f"参保人 {person_id}：历年参保记录", f"Person {person_id}: the years", "merges",
        f"参保人 {person_id}", f"Person {person_id}", facts, parts, acts, up=f"persons/{person_id}",
    )  # fmt: skip


_YEARS = (
    Column("年度", "Year", right=True), Column("参保", "Insured"), Column("依据", "Known by"),
    Column("参保地", "Place"), Column("险种", "Scheme"), Column("来源", "Source"),
)  # fmt: skip
_STATEMENTS = (
    Column("年度", "Year", right=True), Column("记载", "Said"), Column("参保地", "Place"),
    Column("险种", "Scheme"), Column("来源或理由", "Source, or why"), Column("由谁", "By"),
    Column("日期", "On"),
)  # fmt: skip
_INSURED: Mapping[bool | None, tuple[str, str]] = {
    True: ("已参保", "insured"),
    False: ("未参保", "not insured"),
    None: ("未知", "not known"),
}


def _year(one: Year, counties: Mapping[str, tuple[str, str]]) -> list[Cell]:
    county = one.county or ""
    place = (one.place, None) if one.place else counties.get(county, (county, None))
    return [
        words(str(one.coverage_year)), words(*_INSURED[one.insured], warn=one.insured is False),
        words(*named(_BASES, one.basis)) if one.basis else Cell(), words(*place),
        words(*named(_SCHEMES, one.scheme)) if one.scheme else Cell(), words(one.source or ""),
    ]  # fmt: skip


def _statement(one: Statement) -> list[Cell]:
    page = f"files/imports/{one.import_id}" if one.import_id is not None else ""
    return [
        words(str(one.coverage_year)), words(*named(_SAID, one.said)), words(one.place or ""),
        words(*named(_SCHEMES, one.scheme)) if one.scheme else Cell(),
        words(one.reason or one.source or "", page=page), words(one.said_by), day(one.known_at),
    ]  # fmt: skip


def sheet_of(person_id: int, name: str) -> Sheet:
    """The form that corrects a year."""
    who = (f"参保人 {person_id} {name}", f"Person {person_id} {name}")
    back = f"persons/{person_id}/history"
    return Sheet(
        "更正历年参保记录", "Correct a year", "下一步", "Go on", _FIELDS, back,
        (Fact("参保人", "Person", *who),),
    )  # fmt: skip


def will(typed: Mapping[str, str]) -> list[Fact]:
    """What correcting will do."""
    year = typed["coverage_year"]
    return [
        Fact(f"{year} 年度", year, *named(_SAID, typed["said"])),
        Fact(
            "生效", "When", "其后年度已缴费的，须第二人复核；只影响待遇等待期，不改变应缴金额。",
            "Where a later year is paid a second person agrees; the wait may change, never the contribution.",
        ),
        Fact("此前记载", "Before", "原记载留存备查。", "What was said before stays on record."),
        Fact("依据", "Why", typed["reason"], typed["reason"]),
    ]  # fmt: skip


def body_of(typed: Mapping[str, str]) -> dict[str, object]:
    """The request for what was typed."""
    return {
        "coverage_year": int(typed["coverage_year"]),
        "said": typed["said"],
        "place": typed["place"] or None,
        "scheme": typed["scheme"] or None,
        "reason": typed["reason"],
    }
