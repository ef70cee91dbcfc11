"""The days by which an office has to have done something: cash in the account, a correction made."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from libs.common.dates import add_months, day_of, instant_of, second_of
from libs.common.policy.engine.notice import Notice
from libs.common.policy.format.custody_rules import BatchStep, CashDeposit
from libs.common.policy.format.work_rules import ServiceDays
from libs.common.workdays import YearUnknown, add_workdays, is_workday, next_workday

_DAY = timedelta(days=1)


def deposit_due_on(rule: CashDeposit, taken_at: datetime) -> date | None:
    """The day on which cash taken at an instant must be in the account; None where no day follows from it.

    Raises YearUnknown.
    """
    second = second_of(taken_at)
    day = day_of(second)
    if rule.rule == "every_days" and rule.days is not None:
        return day + timedelta(days=rule.days)
    if rule.rule != "same_day" or rule.cutoff is None:
        return None
    if f"{instant_of(second):%H:%M:%S}" <= f"{rule.cutoff}:00":
        return day
    return next_workday(day + _DAY) if rule.late == "next_workday" else day + _DAY


def service_due_on(rule: ServiceDays, begun_on: date) -> date:
    """The last day that a department has for something that began on a day. Raises YearUnknown."""
    if rule.unit == "workdays":
        return add_workdays(begun_on, rule.length)
    return (
        begun_on + timedelta(days=rule.length) if rule.unit == "days" else add_months(begun_on, rule.length)
    )


def batch_due_on(notice: Notice, step: BatchStep, begun_on: date) -> date | None:
    """The last day that a step of a village batch has which began on a day; None where none follows.

    What begins after the deadline of all still has the days of its step. Raises YearUnknown.
    """
    by = [day_of(one.by - 1) for one in notice.document.deadlines if one.id == step.by]
    if step.within is None:
        return min(by, default=None)
    within = service_due_on(notice.service_days[step.within], begun_on)
    return min([within, *(day for day in by if day >= begun_on)])


def reconciliation_due_on(notice: Notice, day: date) -> date | None:
    """By when a day of a channel has to be closed; None where the notice says nothing. Raises YearUnknown."""
    rule = notice.reconciliation
    if rule is None:
        return None
    if rule.within is not None:
        return service_due_on(notice.service_days[rule.within], day)
    first = add_months(day.replace(day=1), 1)
    return first - _DAY if rule.day is None else first.replace(day=rule.day)


def unknown_days(notice: Notice) -> Iterator[tuple[str, date]]:
    """Every handover that the notice moves to a workday, and its day, where that year is not known yet."""
    for handover in notice.handovers:
        if handover.roll == "none" or handover.due_on is None:
            continue
        try:
            is_workday(handover.due_on)
        except YearUnknown:
            yield handover.id, handover.due_on
