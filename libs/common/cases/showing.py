"""Shows cases and alerts as they are answered, and told to a webhook."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime

from libs.common.cases.deciding import Desk
from libs.common.cases.kinds import Alert
from libs.common.cases.lists_store import CaseCount
from libs.common.cases.schemas import AlertSays, Case, CaseStep, CaseTotal
from libs.common.cases.store import CaseRow
from libs.common.clock import SHANGHAI, business_date
from libs.common.money import yuan_grouped
from libs.common.security.caller import Caller

#: With it somebody sees alerts, and no cases.
ALERTS = "alerts:read"


def alerts_seen(caller: Caller, service: str, asked: bool | None) -> bool | None:
    """Whether alerts alone are shown, or none: to who may not see cases alerts alone, whatever is asked."""
    return asked if caller.may(f"{service}:read") else True


class _Known(dict[str, object]):
    """Evidence; what an alert of an earlier release does not tell is told by its code, or left open."""

    def __missing__(self, name: str) -> object:
        return self.get(name.removesuffix("_zh").removesuffix("_en"), "…")


#: A day or an instant, as evidence has it.
_WHEN = re.compile(r"(\d{4}-\d\d-\d\d)(T\d\d:\d\d.*)?")


def _written(value: object, day: Callable[[date], str]) -> object:
    """A value as people read it: a day in the words of the language, an instant to the minute of Shanghai."""
    if not isinstance(value, str) or (when := _WHEN.fullmatch(value)) is None:
        return value
    try:
        if when[2] is None:
            return day(date.fromisoformat(value))
        at = datetime.fromisoformat(value).astimezone(SHANGHAI)
    except ValueError:  # the number of a paper that looks like a day
        return value
    return f"{day(at.date())} {at:%H:%M}"


def _day_zh(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def total(desk: Desk, row: CaseCount) -> CaseTotal:
    """Cases of a kind as they are answered."""
    kind = desk.kinds[row.kind]
    return CaseTotal(
        **{name: getattr(row, name) for name in CaseCount.__dataclass_fields__},
        title=kind.label,
        title_zh=kind.label_zh,
        is_alert=kind.alert is not None,
    )


def shown(desk: Desk, row: CaseRow, now: datetime) -> Case:
    """A case as it is answered."""
    kind = desk.kinds[row.kind]
    known = {name: getattr(row, name) for name in CaseRow.__dataclass_fields__ if name != "alert"}
    return Case(
        **known,
        title=kind.label,
        title_zh=kind.label_zh,
        steps=[
            CaseStep(step=s.code, label=s.label, label_zh=s.label_zh, two_persons=s.two_persons)
            for s in kind.steps
        ],
        age_days=(business_date(now) - business_date(row.opened_at)).days,
        alert=said(kind.alert, row.evidence, row.amount_fen) if kind.alert is not None else None,
    )


def said(alert: Alert, evidence: Mapping[str, object], amount_fen: int | None) -> AlertSays:
    """What an alert says, and what to do next, in both languages."""
    told = dict(evidence) if amount_fen is None else {**evidence, "yuan": yuan_grouped(amount_fen)}
    en = _Known({name: _written(value, date.isoformat) for name, value in told.items()})
    zh = _Known({name: _written(value, _day_zh) for name, value in told.items()})
    return AlertSays(
        says=alert.says.format_map(en),
        says_zh=alert.says_zh.format_map(zh),
        todo=alert.todo.format_map(en),
        todo_zh=alert.todo_zh.format_map(zh),
    )
