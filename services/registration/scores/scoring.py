"""Computes the score sheet of a season: from snapshots of the notice's days, and what two agreed on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.policy import Notice
from libs.common.policy.engine.goals import Figures, Group, measures
from libs.common.policy.engine.scoring import (
    ScoreLine,
    fen_per_person,
    follow,
    places,
    score_lines,
    settled_by_completion_fen,
)
from libs.common.policy.format.work_rules import Score, TargetRow
from services.registration.progress.counting import figures_at
from services.registration.progress.rules import Snapshot, percent_words
from services.registration.progress.schemas import Words
from services.registration.progress.showing import words
from services.registration.scores import store
from services.registration.scores.problems import SCORE_UNKNOWN
from services.registration.scores.rules import (
    Counted,
    Days,
    budget_formula,
    budget_of,
    by_completion,
    days_of,
    incidents_of,
    is_late,
    is_newly,
    judged_of,
    line_formula,
    measure_words,
    money_words,
    person_formula,
    units_of,
)
from services.registration.scores.schemas import Document, Follows, Funds, Line, Part, UnitScore

_HUNDRED = 100
_SETTLED = Words(zh="参保缴费工作经费结算", en="work funds settled by completion")


@dataclass(frozen=True, slots=True)
class Computed:
    """A sheet, the days of which its figures are, and how many entries wait for a second person."""

    document: Document
    days: Days
    waiting: int

    def open(self, now: datetime) -> list[Words]:
        """Why it cannot be final yet."""
        ahead = [at for at in self.days.every if at > now]
        lacking = sum(bool(unit.missing) for unit in self.document.units)
        return [
            *(_ahead(at) for at in ahead),
            *([_lacking(lacking)] if lacking else []),
            *([_waiting(self.waiting)] if self.waiting else []),
        ]


async def computed(conn: AsyncConnection, notice: Notice, now: datetime) -> Computed:
    """The score of every unit as it stands; of a day that is ahead as of now. Raises Problem."""
    if notice.score is None and not by_completion(notice):
        raise SCORE_UNKNOWN.problem()
    days = days_of(notice)
    snapshots = {at: await figures_at(conn, notice, min(at, now)) for at in days.every}
    entries = [
        one
        for one in await store.counted(conn, notice.county, notice.year)
        if not is_late(days, one.kind, one.item, one.happened_on)
    ]
    waiting = await store.waiting(conn, notice.county, notice.year)
    return Computed(_document(_Season(notice, days, snapshots, entries, now)), days, waiting)


@dataclass(frozen=True, slots=True)
class _Season:
    notice: Notice
    days: Days
    snapshots: Mapping[datetime, Snapshot]
    entries: Sequence[Counted]
    now: datetime

    def figures(self, unit: str, at: datetime) -> Figures:
        """What is counted of a unit at an instant of the notice."""
        return self.snapshots[at].units.get(unit, Figures())

    def percents(self, unit: str) -> dict[str, dict[str, Fraction]]:
        """The measures of every item, each on its own day; of a status that nobody has, of nobody."""
        found = {}
        for item, at in self.days.items.items():
            own, newly = self._measures(unit, at), self._measures(unit, self.days.newly[item])
            found[item] = {name: percent for name, percent in own.items() if not is_newly(name)}
            found[item] |= {name: percent for name, percent in newly.items() if is_newly(name)}
        return found

    def _measures(self, unit: str, at: datetime) -> dict[str, Fraction]:
        nobody = dict.fromkeys(self.notice.statuses, Group())
        figures = self.figures(unit, at)
        return measures(self.notice.document.goals, replace(figures, statuses={**nobody, **figures.statuses}))


def _document(season: _Season) -> Document:
    notice, score = season.notice, season.notice.score
    header = notice.document.notice
    scored = [_unit(season, row) for row in units_of(notice)]
    rule = score or notice.work_funds
    assert rule is not None, "it was asked for before"
    return Document(
        county=notice.county,
        coverage_year=notice.year,
        place=words(header.place),
        document_no=header.document_no,
        clause=rule.clause,
        title=words(rule.label) if score else _SETTLED,
        rule="by_score" if score else "by_completion",
        full=score.full if score else None,
        heads_at=min(season.days.heads, season.now),
        units=_placed(score, scored) if score else scored,
    )


def _placed(score: Score, units: Sequence[UnitScore]) -> list[UnitScore]:
    """With places among those who have a score; what follows from one is told once all have."""
    found = places({one.division_code: one.total for one in units if one.total is not None})
    whole = len(found) == len(units)
    return [
        one.model_copy(
            update={
                "place": found[one.division_code][0] if one.division_code in found else None,
                "follows": [
                    Follows(clause=each.clause, label=words(each.label))
                    for each in (
                        follow(score, found[one.division_code], task_met=one.task_met) if whole else ()
                    )
                ],
            }
        )
        for one in units
    ]


def _unit(season: _Season, row: TargetRow) -> UnitScore:
    unit, score = row.division, season.notice.score
    enrolled = season.figures(unit, season.days.heads).enrolled
    scored = (
        score_lines(
            score,
            season.percents(unit),
            incidents_of(season.entries, unit),
            judged_of(season.entries, unit),
        )
        if score
        else []
    )
    lines = [_line(season, unit, one) for one in scored]
    points = [line.points for line in lines if line.points is not None]
    total = sum(points) if score and len(points) == len(lines) else None
    met = enrolled >= row.task
    funds = _funds(season, row, total, enrolled)
    return UnitScore(
        division_code=unit,
        name=words(row.name),
        task=row.task,
        enrolled=enrolled,
        completion=percent_words(Fraction(enrolled * _HUNDRED, row.task)) if row.task else "0.00",
        task_met=met,
        lines=lines,
        total=total,
        place=None,
        funds=funds,
        follows=[],
        missing=list(_missing(lines, funds)),
    )


def _line(season: _Season, unit: str, line: ScoreLine) -> Line:
    notice, days, item = season.notice, season.days, line.item
    return Line(
        item=item.id,
        clause=item.clause,
        label=words(item.label),
        full=item.points,
        full_percent=item.full_at,
        counted_at=min(days.items[item.id], season.now),
        parts=[
            Part(
                measure=one.measure,
                words=words(measure_words(notice, one.measure)),
                counted_at=min((days.newly if is_newly(one.measure) else days.items)[item.id], season.now),
                percent=percent_words(one.percent),
                away=one.away,
                points=one.points,
            )
            for one in line.measured
        ],
        missing=[words(measure_words(notice, measure)) for measure in line.missing],
        judged=line.judged,
        incidents=line.incidents,
        entry_ids=[
            one.entry_id for one in season.entries if one.division_code == unit and one.item == item.id
        ],
        formula=line_formula(line),
        points=line.points,
    )


def _funds(season: _Season, row: TargetRow, total: int | None, enrolled: int) -> Funds:
    notice, score = season.notice, season.notice.score
    if score is not None:
        said, met = money_words(score), enrolled >= row.task
        each = None if total is None else fen_per_person(score, total, task_met=met)
        return Funds(
            clause=score.money.clause,
            words=words(said),
            per_person_fen=each,
            budget_fen=None,
            formula="" if each is None else person_formula(each, enrolled),
            amount_fen=None if each is None else each * enrolled,
        )
    rule, budget = notice.work_funds, budget_of(season.entries, row.division)
    assert rule is not None, "without a score work funds are settled by completion"
    amount = None if budget is None else settled_by_completion_fen(budget, enrolled, row.task)
    return Funds(
        clause=rule.clause,
        words=words(rule.label),
        per_person_fen=None,
        budget_fen=budget,
        formula="" if budget is None else budget_formula(budget, enrolled, row.task),
        amount_fen=amount,
    )


def _missing(lines: Sequence[Line], funds: Funds) -> Iterator[Words]:
    for line in lines:
        yield from line.missing
    if not lines and funds.budget_fen is None:
        yield Words(zh="工作经费预算额", en="the budget of work funds")


def _ahead(at: datetime) -> Words:
    day = f"{at:%Y-%m-%d}"
    return Words(zh=f"统计截止日 {day} 未到，现按当前数据暂计", en=f"{day} is ahead: counted as of now")


def _lacking(units: int) -> Words:
    return Words(zh=f"{units} 个单位数据不全", en=f"of {units} units something is not known")


def _waiting(number: int) -> Words:
    return Words(
        zh=f"{number} 项登记待复核，未计入", en=f"{number} entries wait for a second person, and do not count"
    )
