"""Any value of a notice in words: money, days, closed sets, and the small rules inside a rule."""

import types
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from libs.common.dates import instant_of
from libs.common.policy.engine.handovers import due_day_of
from libs.common.policy.format import help_rules as h
from libs.common.policy.format import rules as r
from libs.common.policy.format import vocabulary as v
from libs.common.policy.format.conditions_model import Condition, Label
from libs.common.policy.format.custody_rules import BatchStep, Handover, HandoverParty
from libs.common.policy.format.people_rules import Excuse, StatusClass
from libs.common.policy.format.reader import Closes, Fen, Opens, Percent
from libs.common.policy.format.work_rules import Consequence, Duty
from libs.common.policy.words.conditions import condition_words, span_words, status_words
from libs.common.policy.words.fields import field_label
from libs.common.policy.words.names import Names, yuan
from libs.common.policy.words.values import closed_set


@cache
def hints_of(cls: type) -> dict[str, object]:
    """Return the annotations of a class of the document, without `| None`."""
    return {name: _known(hint) for name, hint in get_type_hints(cls).items()}


def _known(hint: object) -> object:
    if get_origin(hint) is Annotated:
        return _known(get_args(hint)[0])
    if get_origin(hint) in (Union, types.UnionType):
        return next(a for a in get_args(hint) if a is not type(None))
    return hint


def words_of(owner: object, name: str, names: Names) -> str:
    """Say the value of one field of a rule."""
    cls: type = type(owner)
    said = _said(cls, name, hints_of(cls)[name], getattr(owner, name), names)
    return said + _moved(owner, names) if isinstance(owner, Handover) and name == "due_on" else said


def _moved(handover: Handover, names: Names) -> str:
    """Say on which workday a handover is due instead of the day that is written."""
    written = handover.due_on
    due_on = None if written is None else due_day_of(handover, written)
    if due_on == written:
        return ""
    return f"（顺延至{due_on}）" if names.lang == "zh" else f" (moved to {due_on})"


def _said(cls: type, name: str, hint: object, value: Any, names: Names) -> str:
    if get_origin(hint) is tuple:
        inner = get_args(hint)[0]
        return _joint(name, inner, names).join(_said(cls, name, inner, item, names) for item in value)
    if get_origin(hint) is Literal:
        return names.of(closed_set(get_args(hint)).words[value])
    if name in ("year", "counted_from"):
        return str(value)
    if hint in _SCALARS:
        return _SCALARS[hint](value, names)
    if isinstance(value, str):
        return names.code(cls, name.rstrip("_"), value)
    if is_dataclass(value):
        return _RULES.get(type(value), _plain)(value, names)
    return str(value)


def _joint(name: str, inner: object, names: Names) -> str:
    if name == "sum":
        return " + "
    if inner in (Consequence, Duty, HandoverParty, Excuse, BatchStep, h.Entitled):
        return "\n"
    return "、" if names.lang == "zh" else ", "


def _plain(rule: Any, names: Names) -> str:
    """Say a rule that has no sentence of its own, key by key."""
    said = []
    for f in fields(rule):
        value = getattr(rule, f.name)
        if value not in (None, ()) and f.name not in ("clause", "questions"):
            label = names.of(field_label(type(rule), f.name))
            said.append(f"{label}{_colon(names)}{words_of(rule, f.name, names)}")
    return ("；" if names.lang == "zh" else "; ").join(said)


def _colon(names: Names) -> str:
    return "：" if names.lang == "zh" else ": "


def _flag(value: bool, names: Names) -> str:
    return (("否", "是") if names.lang == "zh" else ("no", "yes"))[value]


def moment_words(second: int, closes: bool) -> str:
    """Say a border the way a notice does: the last day, or second, that still counts."""
    at = instant_of(second - closes)
    if at.strftime("%H:%M:%S") == ("23:59:59" if closes else "00:00:00"):
        return at.date().isoformat()
    return at.strftime("%Y-%m-%d %H:%M:%S").removesuffix(":00")


_SCALARS: dict[object, Callable[[Any, Names], str]] = {
    Fen: lambda value, names: yuan(value, names.lang),
    Opens: lambda value, _: moment_words(value, closes=False),
    Closes: lambda value, _: moment_words(value, closes=True),
    Percent: lambda value, _: f"{value}%",
    date: lambda value, _: value.isoformat(),
    bool: _flag,
    int: lambda value, _: f"{value:,}",
    Label: lambda value, names: names.of(value),
}


def _length(number: int, unit: str, names: Names) -> str:
    if names.lang == "zh":
        return f"{number}天" if unit == "days" else f"{number}个月"
    return f"{number} {unit}"


def _count(count: str, names: Names) -> str:
    return names.of(closed_set(get_args(v.Count)).words[count])


def _event(rule: r.EventRule, names: Names) -> str:
    chinese = names.lang == "zh"
    kind = names.of(closed_set(get_args(v.EventKind)).words[rule.kind])
    said = [kind]
    if rule.within is not None:
        length = _length(rule.within, rule.unit, names)
        done = names.of(closed_set(get_args(v.Completion)).words[rule.complete])
        said = [f"{kind}后{length}内" if chinese else f"within {length} after {kind}"]
        said += [_count(rule.count, names), f"须完成{done}" if chinese else f"for {done}"]
    if rule.on_from or rule.on_to:
        span = span_words(rule.on_from, rule.on_to, names)
        said.append(f"事件发生于 {span}" if chinese else f"event {span}")
    return ("，" if chinese else ", ").join(said)


def _start(rule: r.Start, names: Names) -> str:
    chinese = names.lang == "zh"
    anchor = names.of(closed_set(get_args(v.Anchor)).words[rule.anchor])
    said = f"{rule.on}" if rule.on else anchor
    if not rule.wait:
        return said
    length = _length(rule.wait, rule.unit, names)
    if chinese:
        return f"{said}起等待{length}（{_count(rule.count, names)}）"
    return f"{said}, after a wait of {length} ({_count(rule.count, names)})"


_TAPER_FROM = closed_set(get_args(v.TaperFrom)).words


def _aid(rule: h.AidAmount, names: Names) -> str:
    chinese = names.lang == "zh"
    said = []
    if rule.fen is not None:
        said.append(yuan(rule.fen, names.lang))
    elif rule.of is not None:
        base = names.code(h.AidAmount, "of", rule.of)
        shares = "、".join(f"{p}%" for p in rule.taper) if rule.taper else f"{rule.percent}%"
        if rule.taper and rule.taper_from != "year_of_recognition":
            since = str(rule.taper_year) if rule.taper_year else names.of(_TAPER_FROM[rule.taper_from])
            shares += f"（首年为{since}）" if chinese else f" (first: {since})"
        whole = not rule.taper and rule.percent == 100
        said.append(base if whole else (f"{base}的{shares}" if chinese else f"{shares} of {base}"))
    else:
        said.append("通知未写金额" if chinese else "no amount in the notice")
    if rule.parameter:
        said.append(f"由操作员录入 {rule.parameter}" if chinese else f"an operator supplies {rule.parameter}")
    return ("，" if chinese else ", ").join(said)


def _entitled(row: h.Entitled, names: Names) -> str:
    said = status_words((row.status,), row.classes, row.grades, row.not_grades, names)
    if row.when is None:
        return said
    joint = "，须" if names.lang == "zh" else ", if "
    return said + joint + condition_words(row.when, names)


def _roster(rule: h.RosterRule, names: Names) -> str:
    missed = words_of(rule, "if_missed", names)
    if names.lang == "zh":
        return f"名册须在{rule.cutoff_on}（含）前送达，逾期：{missed}（{rule.clause}）"
    return f"on a roster by {rule.cutoff_on}, later: {missed} ({rule.clause})"


def _dividing(rule: h.DividingDate, names: Names) -> str:
    how = words_of(rule, "mechanism", names)
    if names.lang == "zh":
        return f"名册在{rule.listed_after}之后送达的：{how}（{rule.clause}）"
    return f"listed after {rule.listed_after}: {how} ({rule.clause})"


def _party(row: HandoverParty, names: Names) -> str:
    who = names.code(HandoverParty, "department", row.department)
    due = f" ({row.due_on})" if row.due_on else ""
    return f"{who}{due}{_colon(names)}{names.of(row.does)}"


def _excuse(row: Excuse, names: Names) -> str:
    joint = "，凭" if names.lang == "zh" else ", proof: "
    return names.of(row.label) + joint + row.proof


_RULES: dict[type, Callable[[Any, Names], str]] = {
    Condition: condition_words,
    r.EventRule: _event,
    r.Start: _start,
    h.AidAmount: _aid,
    h.AidAmountBlock: _aid,
    h.Entitled: _entitled,
    h.RosterRule: _roster,
    h.DividingDate: _dividing,
    HandoverParty: _party,
    Excuse: _excuse,
    StatusClass: lambda row, names: names.of(row.label),
    Consequence: lambda row, names: names.of(row.label),
    Duty: lambda row, names: names.of(row.label),
}
