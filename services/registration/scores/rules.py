"""What a score is made of: of which instants its figures are, what may be entered, how it is written out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, get_args

from libs.common.clock import business_date
from libs.common.dates import instant_of
from libs.common.money import yuan_decimals, yuan_grouped
from libs.common.policy import Notice
from libs.common.policy.engine.reports import end_of
from libs.common.policy.engine.scoring import ScoreLine, settled_by_completion_fen
from libs.common.policy.format.conditions_model import Label
from libs.common.policy.format.work_rules import Score, TargetRow

EntryKind = Literal["judged", "incident", "budget"]
KINDS: tuple[str, ...] = get_args(EntryKind)
EntryState = Literal["waiting", "agreed", "refused", "withdrawn"]
ENTRY_STATES: tuple[str, ...] = get_args(EntryState)
SheetState = Literal["provisional", "waiting", "final", "refused"]
#: A sheet that is not kept is provisional.
KEPT_STATES = ("waiting", "final", "refused")
_SECOND = timedelta(seconds=1)
_MEASURES = {
    "task_completion": Label("任务完成率", "completion of the task"),
    "enrollment_rate": Label("参保率", "enrollment rate"),
    "entry_accuracy": Label("信息录入准确率", "entry accuracy"),
    "entry_rate": Label("录入率", "entry rate"),
    "account_capture": Label("账号采集率", "account capture"),
}


@dataclass(frozen=True, slots=True)
class Counted:
    """What was entered and two persons agreed on, that counts for one unit."""

    entry_id: int
    division_code: str
    kind: str
    item: str | None
    points: int | None
    amount_fen: int | None
    happened_on: date


@dataclass(frozen=True, slots=True)
class Days:
    """Of which instants a score takes its figures: each item, its newly found people, and heads and task."""

    items: Mapping[str, datetime]
    newly: Mapping[str, datetime]
    heads: datetime

    @property
    def every(self) -> list[datetime]:
        """All instants, each once, oldest first."""
        return sorted({*self.items.values(), *self.newly.values(), self.heads})


def is_newly(measure: str) -> bool:
    """Whether a measure is of people who were newly found to have a status."""
    return measure.startswith("newly_")


def days_of(notice: Notice) -> Days:
    """The instants that the notice names.

    Heads are of the last day of an item; without items of the main handover, or else of the last window.
    """
    items = notice.score.items if notice.score else ()
    written = {item.id: end_of(item.as_of) for item in items if item.as_of is not None}
    newly = {item.id: end_of(item.newly_as_of) for item in items if item.newly_as_of is not None}
    heads = max((*written.values(), *newly.values()), default=_settled(notice))
    own = {item.id: written.get(item.id, heads) for item in items}
    return Days(own, own | newly, heads)


def _settled(notice: Notice) -> datetime:
    main = [one.accounting_to for one in notice.handovers if one.kind == "main" and one.accounting_to]
    if main:
        return end_of(max(main))
    return instant_of(max(one.to for one in notice.windows if one.event is None)) - _SECOND


def by_completion(notice: Notice) -> bool:
    """Whether work funds are settled by the completion of the task."""
    return notice.work_funds is not None and notice.work_funds.rule == "by_completion"


def units_of(notice: Notice) -> tuple[TargetRow, ...]:
    """The units that are scored: those for which the notice sets tasks."""
    return notice.targets.rows if notice.targets else ()


def fault_of(
    notice: Notice, kind: str, item: str | None, points: int | None, amount_fen: int | None
) -> str | None:
    """Which member of an entry the notice does not allow, if one."""
    if kind == "budget":
        wrong = {
            "kind": not by_completion(notice),
            "amount_fen": amount_fen is None,
            "item": item is not None,
            "points": points is not None,
        }
        return next((member for member, is_wrong in wrong.items() if is_wrong), None)
    found = next((one for one in notice.score.items if one.id == item), None) if notice.score else None
    if found is None:
        return "item"
    if amount_fen is not None:
        return "amount_fen"
    if kind == "incident":
        return "item" if not found.per_incident else "points" if points is not None else None
    if found.full_at is not None:
        return "item"
    return None if points is not None and points <= found.points else "points"


def is_late(days: Days, kind: str, item: str | None, happened_on: date) -> bool:
    """Whether an incident happened after the day of its item: it is kept and shown, and does not count."""
    at = days.items.get(item or "") if kind == "incident" else None
    return at is not None and happened_on > business_date(at)


def incidents_of(entries: Iterable[Counted], unit: str) -> dict[str, int]:
    """How many incidents each item of a unit has."""
    found: dict[str, int] = {}
    for one in entries:
        if one.kind == "incident" and one.division_code == unit and one.item is not None:
            found[one.item] = found.get(one.item, 0) + 1
    return found


def judged_of(entries: Iterable[Counted], unit: str) -> dict[str, int]:
    """What judges gave a unit for each item; the last word counts."""
    return {
        one.item: one.points
        for one in entries
        if one.kind == "judged"
        and one.division_code == unit
        and one.item is not None
        and one.points is not None
    }


def budget_of(entries: Iterable[Counted], unit: str) -> int | None:
    """The budget of a unit; the last one that was agreed on counts."""
    found = [one.amount_fen for one in entries if one.kind == "budget" and one.division_code == unit]
    return found[-1] if found else None


def measure_words(notice: Notice, measure: str) -> Label:
    """What a measure is called."""
    if measure in _MEASURES:
        return _MEASURES[measure]
    for status, rule in notice.statuses.items():
        zh, en = rule.label.zh, rule.label.en
        if measure == f"{status}_rate":
            return Label(f"{zh}参保率", f"enrollment rate of {en}")
        if measure == f"newly_{status}_rate_in_month":
            return Label(f"新增{zh}当月参保率", f"newly listed {en} enrolled in the same month")
        if measure == f"newly_{status}_accuracy":
            return Label(f"新增{zh}信息准确率", f"accuracy of newly listed {en}")
    return Label(measure, measure)


def money_words(score: Score) -> Label:
    """How a score becomes money, in words."""
    money = score.money
    full, up, down = (yuan_decimals(fen) for fen in (money.at_full, money.per_point_up, money.per_point_down))
    only = (
        ("，未完成任务的不拨付", ", nothing where the task is missed") if money.needs_task_met else ("", "")
    )
    return Label(
        f"得{score.full}分每参保1人{full}元，每高1分加{up}元，每低1分减{down}元{only[0]}",
        f"{full} yuan for each enrolled person at {score.full} points, {up} more for each point above, "
        f"{down} less for each below{only[1]}",
    )


def line_formula(line: ScoreLine) -> str:
    """How the points of an item came about: `40 + 2 × 1 = 42`."""
    if line.points is None:
        return ""
    item = line.item
    terms = [str(item.points if line.judged is None else line.judged)]
    for one in line.measured:
        if one.away:
            terms.append(
                f"{'+' if one.points > 0 else '-'} {abs(one.away)} × {item.up if one.away > 0 else item.down}"
            )
    if line.incidents:
        terms.append(f"- {line.incidents} × {item.per_incident}")
    return f"{' '.join(terms)} = {line.points}"


def person_formula(each_fen: int, enrolled: int) -> str:
    """Money for every enrolled person: `1.10 × 29,000 = 31,900.00`."""
    return f"{yuan_grouped(each_fen)} × {enrolled:,} = {yuan_grouped(each_fen * enrolled)}"


def budget_formula(budget_fen: int, enrolled: int, task: int) -> str:
    """A budget as far as the task is done: `30,000.00 × 29,000 ÷ 30,224 = 28,785.07`."""
    settled = yuan_grouped(settled_by_completion_fen(budget_fen, enrolled, task))
    return f"{yuan_grouped(budget_fen)} × {min(enrolled, task):,} ÷ {task:,} = {settled}"
