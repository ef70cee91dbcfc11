"""Says bulletins, and which are due, in both languages."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta

from libs.common.clock import business_date
from libs.common.policy import Notice
from libs.common.policy.engine.reports import end_of, periods_of
from libs.common.policy.format.work_rules import Report
from libs.common.web.schemas import Answer
from services.registration.bulletins.printing import Issue, lead, title_of
from services.registration.bulletins.rules import thawed
from services.registration.bulletins.schemas import (
    BulletinGoal,
    BulletinLine,
    BulletinOut,
    BulletinWhole,
    DueReport,
    DueState,
)
from services.registration.bulletins.store import Bulletin, Period
from services.registration.progress.schemas import Words
from services.registration.progress.showing import words

_SECOND = timedelta(seconds=1)


def due_reports(notice: Notice, known: list[Period], now: datetime) -> list[DueReport]:
    """Every report that the notice asks for, by its period; those without days last."""
    found: dict[tuple[str, date | None], Period] = {(one.kind, one.period_to): one for one in known}
    said = []
    for report in notice.document.reports:
        days: list[date | None] = [*periods_of(report, notice)]
        said += [_due(notice, report, day, found.get((report.id, day)), now) for day in (days or [None])]
    return sorted(said, key=lambda one: (one.due_at is None, one.due_at or now, one.kind))


def _due(notice: Notice, report: Report, day: date | None, made: Period | None, now: datetime) -> DueReport:
    return DueReport(
        kind=report.id,
        label=words(report.label),
        clause=report.clause,
        by=_office(notice, report.by),
        to=_office(notice, report.to) if report.to else None,
        cadence=report.cadence,
        about=report.about,
        period_to=day,
        due_at=None if day is None else end_of(day) + _SECOND,
        state=_state(report, day, made, now),
        bulletin_id=made.id if made else None,
    )


def _state(report: Report, day: date | None, made: Period | None, now: datetime) -> DueState:
    if report.about != "progress":
        return "elsewhere"
    if made is not None:
        return "signed" if made.state == "signed" else "drafted"
    if day is None:
        return "any_time"
    late = (business_date(now) - day).days
    return "ahead" if late < 1 else "due" if late == 1 else "overdue"


def _office(notice: Notice, code: str) -> Words:
    """A department of the notice by its code."""
    label = next((one.label for one in notice.document.departments if one.code == code), None)
    return words(label) if label else Words(zh=code, en=code)


def bulletin_out(notice: Notice, one: Bulletin) -> BulletinOut:
    """A bulletin on record."""
    content, issue = thawed(one.content), issue_of(one)
    report = next((known for known in notice.document.reports if known.id == one.kind), None)
    label = words(report.label) if report else Words(zh=content.label, en=one.kind)
    return BulletinOut.model_validate(
        {
            **{name: getattr(one, name) for name in _SAME},
            "bulletin_id": one.id,
            "label": label,
            "title": title_of(content, issue),
            "lead": lead(content),
        }
    )


def bulletin_whole(notice: Notice, one: Bulletin, note: str | None) -> BulletinWhole:
    """A bulletin on record with its figures, as they were frozen."""
    content = thawed(one.content)
    return BulletinWhole.model_validate(
        {
            **bulletin_out(notice, one).model_dump(),
            "document_no": content.document_no,
            "clause": content.clause,
            "total": _only(BulletinLine, asdict(content.total)),
            "lines": [_only(BulletinLine, asdict(line)) for line in content.lines],
            "goals": [_only(BulletinGoal, asdict(goal)) for goal in content.goals],
            "note": note,
            "untold": list(content.untold),
        }
    )


def _only(shape: type[Answer], values: Mapping[str, object]) -> dict[str, object]:
    """Of what is kept the members that are shown."""
    return {name: values[name] for name in shape.model_fields}


def issue_of(one: Bulletin, *, is_public: bool = False) -> Issue:
    """Number and signature of a bulletin."""
    signed = one.state == "signed"
    return Issue(
        number=one.number,
        drafted_at=one.drafted_at,
        signed_by=one.signed_by if signed else None,
        signed_at=one.signed_at if signed else None,
        is_public=is_public,
    )


_SAME = (
    *("county", "coverage_year", "kind", "number", "state", "as_of", "period_to", "approval_id"),
    *("drafted_by", "drafted_at", "signed_by", "signed_at"),
)
