"""One person at one moment as a question of the assessment contract, from what was typed or is on record."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import cast, get_args

from pydantic import JsonValue

from libs.common.clock import business_date
from libs.common.policy.format import vocabulary as v
from libs.common.policy.words.values import closed_set
from services.console.forms.rules import Choice, Fault, Field
from services.console.persons.words import Names

Json = dict[str, JsonValue]

#: What a difference between two notices is.
KINDS: Names = {
    "only_first": ("仅前者有", "only in the former"),
    "only_second": ("仅后者有", "only in the latter"),
    "changed": ("有变化", "changed"),
    "order": ("先后次序不同", "tried in another order"),
}
NOON = "10:00"
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_YEAR = re.compile(r"(19|20|21)[0-9]{2}")
_BETWEEN = re.compile(r"[\s,，、；;]+")
#: Somebody who was never insured: nothing typed means that nobody knows.
_NEVER = "0"


def _choices(words: object) -> tuple[Choice, ...]:
    return tuple(Choice(code, one.zh, one.en) for code, one in closed_set(get_args(words)).words.items())


_REPORTED = get_args(v.ReportedEvent)
_EVENTS = tuple(one for one in _choices(v.EventKind) if one.code in _REPORTED)
MECHANISMS: Names = {one.code: (one.words_zh, one.words) for one in _choices(v.Mechanism)}

WHEN = (
    Field("day", "缴费日期", "Day of payment", "day"),
    Field("time", "时刻（北京时间）", "Time (Beijing)", "text", most=5),
)
WHO = (
    Field("born", "出生日期", "Born", "day"),
    Field("hukou", "户籍", "Hukou", "choice", _choices(v.Hukou)),
    Field("sex", "性别", "Sex", "choice", _choices(v.Sex), required=False),
    Field("school", "在读学校", "School", "choice", _choices(v.School), required=False),
)
MORE = (
    Field("event", "发生的事", "What happened", "choice", _EVENTS, required=False),
    Field("event_on", "发生日期", "On", "day", required=False),
    Field("insurance", "职工医保", "As an employee", "choice", _choices(v.InsuranceState), required=False),
    Field("insurance_ended_on", "职工医保终止日期", "Ended on", "day", required=False),
    Field("residence_permit", "持有居住证", "Holds a residence permit", "tick", required=False),
    Field("parent_enrolled", "父母已在本市参保", "A parent is enrolled in the city", "tick", required=False),
    Field(
        "insured_years", "曾参保的年度", "Years insured before", required=False,
        hint_zh="如 2024 2025；从未参保填 0；不填为情况不明",
        hint="such as 2024 2025; 0 for never; empty: not known",
    ),
    Field("repair_years", "补缴断保年度的个数", "Lapsed years to repair", required=False, most=2),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Season:
    """The notice that is asked, and the values that somebody supplied for it."""

    county: str
    coverage_year: int
    parameters: Mapping[str, int] = field(default_factory=dict)


def status_fields(statuses: tuple[Choice, ...]) -> tuple[Field, ...]:
    """What is asked of a status; `statuses` have a class behind a colon where the notice has classes."""
    return (
        Field("status", "身份", "Status", "choice", statuses, required=False),
        Field("effective_on", "认定日期", "Recognized on", "day", required=False),
        Field("listed_on", "名册送达医保局日期", "Roster reached the bureau on", "day", required=False),
    )


def tier_field(tiers: list[int]) -> Field:
    """Which tier is paid."""
    choices = tuple(Choice(str(one), f"{one}档", f"tier {one}") for one in tiers)
    return Field("tier", "缴费档次", "Tier", "choice", choices, required=False)


def odd_in(typed: Mapping[str, str]) -> Iterator[Fault]:
    """What one field says that cannot be, or asks of another one."""
    if not _TIME.fullmatch(typed["time"]):
        yield Fault("time", "请填写时刻，如 10:00。", "Write a time, such as 10:00.")
    years = _BETWEEN.split(typed["insured_years"]) if typed["insured_years"] not in ("", _NEVER) else []
    if not all(map(_YEAR.fullmatch, years)):
        yield Fault("insured_years", "请填写年度，如 2024 2025。", "Write years, such as 2024 2025.")
    repair = typed["repair_years"]
    if repair and not (repair.isascii() and repair.isdecimal()):
        yield Fault("repair_years", "请填写个数，如 1。", "Write a number, such as 1.")
    for what, when, zh, en in (
        ("status", "effective_on", "请填写身份的认定日期。", "Say since when the status is recognized."),
        ("event", "event_on", "请填写发生日期。", "Say when it happened."),
    ):
        if typed.get(what) and not typed.get(when):
            yield Fault(when, zh, en)


def question_of(season: Season, typed: Mapping[str, str], base: Json) -> Json:
    """The question of what was typed, on top of what is on record of a person; an empty record: of nobody."""
    person = {**cast("Json", base.get("person") or {}), **_facts(typed)}
    if typed["insured_years"]:
        said = [] if typed["insured_years"] == _NEVER else _BETWEEN.split(typed["insured_years"])
        known = cast("Json", person.get("history") or {})
        person["history"] = {**known, "insured_years": [int(one) for one in said]}
    statuses = [*cast("list[JsonValue]", base.get("statuses") or ())]
    if typed["status"]:
        code, _, class_ = typed["status"].partition(":")
        status: Json = {"code": code, "effective_on": typed["effective_on"]}
        status["listed_on"] = typed["listed_on"] or None
        statuses.append(status | ({"class": class_} if class_ else {}))
    event: JsonValue = {"kind": typed["event"], "on": typed["event_on"]} if typed["event"] else None
    return {
        "county": season.county,
        "year": season.coverage_year,
        "at": f"{typed['day']}T{typed['time']}:00+08:00",
        "person": person,
        "statuses": statuses,
        "event": event,
        "tier": int(typed["tier"]) if typed.get("tier") else None,
        "household": base.get("household"),
        "parameters": dict(season.parameters),
        "repair_years": int(typed["repair_years"] or 0),
        "repaid_years": base.get("repaid_years") or 0,
    }


def _facts(typed: Mapping[str, str]) -> Json:
    facts: Json = {
        "born": typed["born"],
        "hukou": typed["hukou"],
        "sex": typed["sex"] or None,
        "school": typed["school"] or None,
        "residence_permit": bool(typed["residence_permit"]),
        "parent_enrolled_in_city": bool(typed["parent_enrolled"]),
    }
    if typed["insurance"]:
        facts["employee_insurance"] = {
            "state": typed["insurance"], "ended_on": typed["insurance_ended_on"] or None,
        }  # fmt: skip
    return facts


def typed_of(base: Json) -> dict[str, str]:
    """What a form says at first of whom something is on record."""
    person, event = cast("Json", base.get("person") or {}), cast("Json", base.get("event") or {})
    insurance = cast("Json", person.get("employee_insurance") or {})
    history = cast("Json", person.get("history") or {})
    years = cast("list[int]", history.get("insured_years") or ())
    said: dict[str, JsonValue] = {
        "born": person.get("born"),
        "hukou": person.get("hukou") or "county",
        "sex": person.get("sex"),
        "school": person.get("school"),
        "residence_permit": "yes" if person.get("residence_permit") else "",
        "parent_enrolled": "yes" if person.get("parent_enrolled_in_city") else "",
        "insurance": insurance.get("state"),
        "insurance_ended_on": insurance.get("ended_on"),
        "event": event.get("kind"),
        "event_on": event.get("on"),
        "tier": base.get("tier"),
        "insured_years": " ".join(map(str, years)) or (_NEVER if history else ""),
    }
    return {name: "" if value is None else str(value) for name, value in said.items()}


def first_day(now: datetime, main: Sequence[tuple[datetime, datetime]]) -> date:
    """The day that is asked about at first: today in a main window, otherwise the first of one."""
    inside = not main or any(opens <= now <= ends for opens, ends in main)
    return business_date(now if inside else main[0][0])
