"""What a bulletin says: the figures of a snapshot as offices read them; and what of it anybody may see."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any, Literal, get_args

from libs.common.clock import business_date
from libs.common.policy import Notice
from libs.common.policy.engine.goals import Figures, Reached, completion, reached
from libs.common.policy.format.work_rules import Goal, Report
from services.registration.progress.rules import Snapshot, elapsed, goals_reached, percent_words, ranks

State = Literal["draft", "signed", "refused"]
STATES: tuple[str, ...] = get_args(State)
#: Fewer people than so many are nobody's business on a village board: neighbours would know who they are.
FEW = 5
_HUNDRED = 100


@dataclass(frozen=True, slots=True)
class Line:
    """A township or village in a bulletin. What is None is left out, or nobody knows it."""

    division_code: str
    name: str
    rank: int | None
    task: int | None
    enrolled: int | None
    percent: str | None
    registered: int | None
    paid: int | None
    exempt: int | None
    refunded: int | None
    elsewhere: int | None
    refusing: int | None
    more: int | None
    own_fen: int | None
    help_fen: int | None
    missed: Sequence[str] = ()
    few: bool = False


@dataclass(frozen=True, slots=True)
class GoalLine:
    """A goal, and how the whole county stands against it."""

    label: str
    base: str
    required: str
    reached: str | None
    part: int | None
    whole: int | None
    met: bool | None


@dataclass(frozen=True, slots=True)
class Content:
    """All that a bulletin says. `bar` names the share that the chart draws, by time alone `line_percent`."""

    county: str
    coverage_year: int
    kind: str
    place: str
    label: str
    scheme: str
    document_no: str
    clause: str
    as_of: datetime
    period_to: date
    since: datetime | None
    bar: str
    goal_percent: int
    line_percent: str
    stated_task: int | None
    computed_task: int | None
    total: Line
    lines: Sequence[Line]
    goals: Sequence[GoalLine]
    untold: Sequence[str] = ()


def content_of(
    notice: Notice, report: Report, now: Snapshot, before: Snapshot | None, period_to: date
) -> Content:
    """Say a snapshot as a bulletin."""
    header, targets, measured = notice.document.notice, notice.targets, _measured(notice)
    names = {row.division: row.name.zh for row in targets.rows} if targets else {}
    placed = ranks(notice, now.units)
    earlier = before.units if before else {}
    lines = [
        replace(
            _line(notice, measured, unit, names.get(unit, unit), one, earlier.get(unit), before),
            rank=placed.get(unit),
        )
        for unit, one in now.units.items()
    ]
    return Content(
        county=notice.county,
        coverage_year=notice.year,
        kind=report.id,
        place=header.place.zh,
        label=report.label.zh,
        scheme=header.scheme.zh,
        document_no=header.document_no,
        clause=report.clause,
        as_of=now.as_of,
        period_to=period_to,
        since=before.as_of if before else None,
        bar=measured.label.zh if measured else "任务完成率",
        goal_percent=measured.percent if measured else _HUNDRED,
        line_percent=percent_words(elapsed(notice, business_date(now.as_of))),
        stated_task=targets.stated_total if targets else None,
        computed_task=targets.computed_total if targets else None,
        total=_line(notice, measured, "", "合计", now.total, before.total if before else None, before),
        lines=sorted(lines, key=lambda one: (one.rank or len(lines), one.division_code)),
        goals=[_goal(one) for one in goals_reached(notice, now.total, total=True)],
        untold=list(_untold(now)),
    )


def _measured(notice: Notice) -> Goal | None:
    """The goal by which units are compared where the notice sets no tasks."""
    if notice.targets:
        return None
    goals = [one for one in notice.document.goals if one.per == "township"]
    return next(iter(goals), None)


def _line(
    notice: Notice,
    measured: Goal | None,
    unit: str,
    name: str,
    one: Figures,
    before: Figures | None,
    earlier: Snapshot | None,
) -> Line:
    share = (reached(measured, one).share if measured else completion(one)).percent
    goals = goals_reached(notice, one, total=not unit)
    return Line(
        division_code=unit,
        name=name,
        rank=None,
        task=one.task,
        enrolled=one.enrolled,
        percent=None if share is None else percent_words(share),
        registered=one.registered,
        paid=one.paid,
        exempt=one.exempt,
        refunded=one.refunded,
        elsewhere=one.elsewhere,
        refusing=one.refusing,
        more=one.enrolled - (before.enrolled if before else 0) if earlier else None,
        own_fen=one.own_fen,
        help_fen=sum(one.help_fen.values()),
        missed=[found.goal.label.zh for found in goals if found.met is False],
    )


def _goal(found: Reached) -> GoalLine:
    percent = found.share.percent
    return GoalLine(
        label=found.goal.label.zh,
        base=found.goal.base.zh,
        required=f"{'高于' if found.goal.strict else ''}{found.goal.percent}%",
        reached=None if percent is None else percent_words(percent),
        part=found.share.part,
        whole=found.share.whole,
        met=found.met,
    )


def _untold(now: Snapshot) -> list[str]:
    said = []
    if now.not_told:
        said.append(f"另有 {now.not_told} 人当时状态未留存，未计入。")
    if now.unplaced_people:
        said.append(f"名册所列未登记 {now.unplaced_people} 人，只计入合计。")
    return said


def public(content: Content) -> Content:
    """What hangs on a village board: tasks, completion, places. Few people cannot be told by the rest."""
    few = {one.division_code for one in content.lines if one.enrolled is not None and one.enrolled < FEW}
    if len(few) == 1:
        # The total would tell the one that is left out.
        others = [one for one in content.lines if one.division_code not in few]
        few |= {one.division_code for one in sorted(others, key=lambda one: one.enrolled or 0)[:1]}
    lines = [_public_line(one, hide=one.division_code in few) for one in content.lines]
    hidden = len(few) == len(content.lines)
    return replace(content, total=_public_line(content.total, hide=hidden), lines=lines, goals=[], untold=[])


def _public_line(one: Line, *, hide: bool) -> Line:
    more = one.more if one.more is None or one.more == 0 or abs(one.more) >= FEW else None
    return replace(
        one,
        enrolled=None if hide else one.enrolled,
        percent=None if hide else one.percent,
        rank=None if hide else one.rank,
        more=None if hide else more,
        few=hide,
        registered=None,
        paid=None,
        exempt=None,
        refunded=None,
        elsewhere=None,
        refusing=None,
        own_fen=None,
        help_fen=None,
        missed=(),
    )


def frozen(content: Content) -> dict[str, object]:
    """A content as it is kept."""
    return asdict(content)


def thawed(kept: Mapping[str, Any]) -> Content:
    """A content as it was kept."""
    read = dict(kept)
    for name in ("as_of", "since"):
        read[name] = None if read[name] is None else datetime.fromisoformat(read[name])
    return Content(**{
        **read,
        "period_to": date.fromisoformat(read["period_to"]),
        "total": Line(**read["total"]),
        "lines": [Line(**one) for one in read["lines"]],
        "goals": [GoalLine(**one) for one in read["goals"]],
    })  # fmt: skip
