"""A condition in words: all its parts must hold."""

from collections.abc import Callable
from dataclasses import fields
from datetime import date
from typing import Any, get_args

from libs.common.policy.format import vocabulary as v
from libs.common.policy.format.conditions_model import AgeRange, Condition, Days, StatusHeld, Years
from libs.common.policy.words.names import Names
from libs.common.policy.words.values import closed_set

_FLAGS = {
    "residence_permit": {
        True: ("有居住证", "with a residence permit"),
        False: ("没有居住证", "without a permit"),
    },
    "employed": {True: ("从业", "employed"), False: ("未从业", "not employed")},
    "parent_enrolled_in_city": {
        True: ("父母已在本市参保", "a parent is enrolled in the city"),
        False: ("父母未在本市参保", "no parent is enrolled in the city"),
    },
    "stationed_here": {True: ("驻在本地", "stationed here"), False: ("不驻在本地", "not stationed here")},
}
_NUMBERS = {
    "resident_months": ("连续居住满{}个月", "resident for {} months"),
    "days_since_birth": ("出生不超过{}天", "not more than {} days old"),
    "tier": ("{}档", "tier {}"),
    "parameter": ("操作员已录入“{}”", "an operator has supplied “{}”"),
}
_SETS: dict[str, tuple[Any, str, str]] = {
    "hukou": (v.Hukou, "户籍：", "hukou: "),
    "hukou_kind": (v.HukouKind, "户口性质：", "kind of hukou: "),
    "employee_insurance": (v.InsuranceState, "职工医保：", "employee insurance: "),
    "service": (v.ServiceKind, "服役服刑：", "in service: "),
    "school": (v.School, "在读：", "at school: "),
    "sex": (v.Sex, "", ""),
    "event": (v.EventKind, "有此事件：", "event: "),
}


def condition_words(condition: Condition, names: Names) -> str:
    """Say what must be true of a person."""
    said = []
    for f in fields(condition):
        value = getattr(condition, f.name)
        if value is not None and value != ():
            said.append(_part(f.name.rstrip("_"), value, names))
    return ("，且" if names.lang == "zh" else " and ").join(said)


def span_words(first: date | None, last: date | None, names: Names) -> str:
    """Say a span of days, both ends included."""
    if first and last:
        return f"{first} 至 {last}" if names.lang == "zh" else f"{first} to {last}"
    if first:
        return f"{first} 起" if names.lang == "zh" else f"from {first}"
    return f"{last} 止" if names.lang == "zh" else f"until {last}"


def _part(key: str, value: Any, names: Names) -> str:
    chinese = names.lang == "zh"
    if key in _FLAGS:
        return _FLAGS[key][value][not chinese]
    if key in _NUMBERS:
        return _NUMBERS[key][not chinese].format(value)
    if key in _SETS:
        kind, zh, en = _SETS[key]
        words = closed_set(get_args(kind)).words
        chosen = value if isinstance(value, tuple) else (value,)
        return (zh if chinese else en) + (_or(names)).join(names.of(words[c]) for c in chosen)
    return _BLOCKS[key](value, names)


def _or(names: Names) -> str:
    return "或" if names.lang == "zh" else " or "


def _any(parts: tuple[Condition, ...], names: Names) -> str:
    return (
        "（" + ("；或 ").join(condition_words(p, names) for p in parts) + "）"
        if names.lang == "zh"
        else ("(" + " or ".join(condition_words(p, names) for p in parts) + ")")
    )


def _not(part: Condition, names: Names) -> str:
    words = condition_words(part, names)
    return f"不属于（{words}）" if names.lang == "zh" else f"not ({words})"


def _age(ages: AgeRange, names: Names) -> str:
    least = ("满{}周岁", "aged {} or more")[names.lang == "en"].format(ages.min)
    under = ("未满{}周岁", "aged under {}")[names.lang == "en"].format(ages.under)
    said = [words for words, known in ((least, ages.min), (under, ages.under)) if known is not None]
    return ("、" if names.lang == "zh" else ", ").join(said)


def _years(zh: str, en: str) -> Callable[[Years, Names], str]:
    def say(years: Years, names: Names) -> str:
        bounds = ((years.min, "满{}", "at least {}"), (years.under, "不到{}", "under {}"))
        chinese = names.lang == "zh"
        said = [(z if chinese else e).format(number) for number, z, e in bounds if number is not None]
        return (zh if chinese else en).format(("、" if chinese else ", ").join(said))

    return say


def _days(zh: str, en: str) -> Callable[[Days, Names], str]:
    def say(span: Days, names: Names) -> str:
        return (zh if names.lang == "zh" else en) + span_words(span.from_, span.to, names)

    return say


def _group(name: str, names: Names) -> str:
    found = names.code(Condition, "group", name)
    return f"属于“{found}”" if names.lang == "zh" else f"in “{found}”"


def status_words(
    codes: tuple[str, ...],
    classes: tuple[str, ...],
    grades: tuple[int, ...],
    not_grades: tuple[int, ...],
    names: Names,
) -> str:
    """Say which statuses, with the classes and grades that qualify."""
    chinese = names.lang == "zh"
    said = _or(names).join(names.code(StatusHeld, "codes", code) for code in codes)
    details = []
    if classes:
        details.append(_or(names).join(names.code(StatusHeld, "classes", c) for c in classes))
    for numbers, zh, en in ((grades, "{}级", "grade {}"), (not_grades, "{}级除外", "not grade {}")):
        if numbers:
            listed = ("、" if chinese else ", ").join(map(str, numbers))
            details.append((zh if chinese else en).format(listed))
    inner = ("，" if chinese else ", ").join(details)
    return said + ((f"（{inner}）" if chinese else f" ({inner})") if inner else "")


def _status(held: StatusHeld, names: Names) -> str:
    said = status_words(held.codes, held.classes, held.grades, (), names)
    if held.listed_to is None:
        return ("身份：" if names.lang == "zh" else "status: ") + said
    if names.lang == "zh":
        return f"身份：{said}，名册不晚于{held.listed_to}送达"
    return f"status: {said}, on a roster by {held.listed_to}"


_BLOCKS: dict[str, Callable[[Any, Names], str]] = {
    "any": _any,
    "not": _not,
    "age": _age,
    "lapsed_years": _years("断保{}年", "{} lapsed years"),
    "continuous_years": _years("连续参保{}年", "{} continuous years"),
    "due_from_year": _years("{}年起应参保", "due from {}"),
    "born": _days("出生于 ", "born "),
    "service_ends": _days("服役、刑期止于 ", "service ends "),
    "group": _group,
    "status": _status,
}
