"""What is probably wrong in a notice that loads: warnings, each with its line and mend, in both languages."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import date

from libs.common.dates import day_of
from libs.common.policy.engine.notice import Notice
from libs.common.policy.format import help_rules as h
from libs.common.policy.format import rules as r
from libs.common.policy.format.checks import rules_of
from libs.common.policy.format.conditions_model import AgeRange, Condition, Days, Label, Years
from libs.common.policy.format.document import Document
from libs.common.policy.telling.contradictions import contradictions
from libs.common.policy.telling.gaps import price_gaps
from libs.common.policy.telling.unreachable import never_applied

#: Chinese, then English.
Both = tuple[str, str]

#: Since then the national frame asks for waits.
_FRAME_SINCE = 2025
_YEAR = re.compile(r"(?<![\d〔-])((?:19|20)\d\d)(?=年)")
_OPENS, _CLOSES = ("from_", "paid_from"), ("to", "paid_to", "by", "registration_to")
_DATED_SECTIONS = ("prices", "windows", "benefit", "subsidies", "waiting", "handovers", "stages", "deadlines")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at: the rule that it is about, what seems wrong, and how to mend it."""

    rule: object
    problem: Both
    mend: Both


def findings(notice: Notice) -> Iterator[Finding]:
    """Yield what looks wrong in a notice that loads."""
    doc = notice.document
    for rule, problem, mend in contradictions(notice):
        yield Finding(rule, problem, mend)
    for rule, problem, mend in never_applied(notice):
        yield Finding(rule, problem, mend)
    for rule, problem, mend in price_gaps(notice):
        yield Finding(rule, problem, mend)
    yield from _impossible(doc)
    yield from _other_years(doc)
    yield from _unused(doc)
    yield from _frame(doc)


def _impossible(doc: Document) -> Iterator[Finding]:
    """Conditions that nobody can meet."""
    tiers = {p.tier for p in doc.prices if p.tier is not None}
    for rule in rules_of(doc):
        if isinstance(rule, AgeRange | Years) and None not in (rule.min, rule.under):
            empty = (rule.min or 0) >= (rule.under or 0)
        elif isinstance(rule, Days):
            empty = rule.from_ is not None and rule.to is not None and rule.from_ > rule.to
        elif isinstance(rule, Condition):
            empty = rule.tier is not None and rule.tier not in tiers
        else:
            continue
        if empty:
            yield Finding(
                rule,
                ("这个条件没有人能满足", "nobody can meet this condition"),
                ("核对上下限、日期或档次", "check its bounds, days or tier"),
            )


def _other_years(doc: Document) -> Iterator[Finding]:
    """Names that still speak of the year that a file was copied from."""
    near = {doc.notice.year - 1, doc.notice.year, doc.notice.year + 1}
    for key in _DATED_SECTIONS:
        for rule in rules_of(getattr(doc, key)):
            label = getattr(rule, "label", None)
            if not isinstance(label, Label):
                continue
            own = set(_years_of(rule))
            allowed = own | {doc.notice.year} if own else near
            yield from _strange(rule, label.zh, allowed)
    yield from _strange(doc.notice, doc.notice.title, {doc.notice.year})


def _strange(rule: object, said: str, allowed: set[int]) -> Iterator[Finding]:
    for year in sorted({int(found) for found in _YEAR.findall(said)} - allowed):
        yield Finding(
            rule,
            (
                f"“{said}”写的是{year}年，与本条的日期或年度不同",
                f"“{said}” speaks of {year}, the rule does not",
            ),
            ("改名称，或核对日期", "correct the name, or check the dates"),
        )


def _years_of(rule: object) -> Iterator[int]:
    """Yield the years of the dates of a rule itself, and of the small rules inside it."""
    if not is_dataclass(rule):
        return
    for f in fields(rule):
        value = getattr(rule, f.name)
        if isinstance(value, date):
            yield value.year
        elif f.name in (*_OPENS, *_CLOSES) and isinstance(value, int):
            yield day_of(value - (f.name in _CLOSES)).year
        elif is_dataclass(value) and not isinstance(value, Label):
            yield from _years_of(value)


def _unused(doc: Document) -> Iterator[Finding]:
    """Amounts and groups that no rule names."""
    named = {rule.group for rule in rules_of(doc) if isinstance(rule, Condition)}
    for group in doc.groups:
        if group.name not in named:
            yield _nobody_names(group, group.name)
    amounts: set[str | None] = {doc.subsidies.stacking.ceiling}
    for rule in rules_of(doc):
        if isinstance(rule, r.PriceRule):
            amounts |= {*rule.sum, rule.own}
        elif isinstance(rule, h.AidAmount):
            amounts.add(rule.of)
    if doc.waiting is not None and doc.waiting.repair is not None:
        amounts.add(doc.waiting.repair.price)
    for amount in doc.amounts:
        if amount.name not in amounts:
            yield _nobody_names(amount, amount.name)


def _nobody_names(rule: object, name: str) -> Finding:
    return Finding(
        rule,
        (f"没有哪一条用到“{name}”", f"no rule uses {name!r}"),
        ("在用到它的条款里写上，或删去", "name it where it is meant, or delete it"),
    )


def _frame(doc: Document) -> Iterator[Finding]:
    if doc.notice.year >= _FRAME_SINCE and doc.waiting is None:
        yield Finding(
            doc.notice,
            (
                "2025年度起断保和集中期外参保有等待期（国办发〔2024〕38号），这里没有写 waiting",
                "since 2025 those wait who lapsed or pay outside the main window, and there is no `waiting`",
            ),
            (
                "按通知写 waiting；通知没写的，列为待定事项",
                "write `waiting` by the notice, or raise a question",
            ),
        )
