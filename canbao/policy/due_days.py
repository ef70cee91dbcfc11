"""The days by which an office has to act after an instant, by a notice."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import partial

from libs.common.dates import day_of, second_of
from libs.common.policy import Notice
from libs.common.policy.engine.office_days import deposit_due_on, service_due_on
from libs.common.policy.words.names import Language, Names
from libs.common.workdays import YearUnknown


def due_days(notice: Notice, at: datetime, lang: Language) -> Iterator[tuple[str, str]]:
    """Give (what, day) for cash taken at an instant, work begun on its day, and the handovers to come."""
    names, today = Names(notice.document, lang), day_of(second_of(at))
    cash = notice.cash_deposit
    if cash is not None and (day := _day(partial(deposit_due_on, cash, at), lang)):
        yield names.of(cash.label), day
    for service in notice.service_days.values():
        yield names.of(service.label), _day(partial(service_due_on, service, today), lang)
    for handover in notice.handovers:
        if handover.due_on is not None and handover.due_on >= today:
            yield names.of(handover.label), handover.due_on.isoformat()


def _day(find: Callable[[], date | None], lang: Language) -> str:
    try:
        found = find()
    except YearUnknown as unknown:
        return f"{unknown.year} 年节假日未公布" if lang == "zh" else f"workdays of {unknown.year} unknown"
    return found.isoformat() if found is not None else ""
