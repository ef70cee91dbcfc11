"""Says a snapshot: shares with their bases, goals, places, what came since, and what cannot be told."""

from collections.abc import Iterator, Mapping

from libs.common.policy import Notice
from libs.common.policy.engine.goals import Figures, Reached, Share, completion, entry_accuracy
from libs.common.policy.format.conditions_model import Label
from services.registration.progress.rules import Snapshot, goals_reached, percent_words, ranks
from services.registration.progress.schemas import (
    Change,
    GoalOut,
    HelpSum,
    ProgressOut,
    Rate,
    StatusRate,
    UnitFigures,
    UnitProgressOut,
    Untold,
    Words,
)

#: What is not told, and why.
_UNTOLD = {
    "states": Words(
        zh="当时已登记的部分人员，其当时的参保状态未留存（旧版系统不留存变动记录），未计入",
        en="how some people stood who were registered then: an earlier release kept no history of them",
    ),
    "places": Words(
        zh="名册所列、尚未登记的人员：计入全县，无法计入乡镇（村）",
        en="people whom rosters list and nobody registered: in the total, in no township or village",
    ),
}


def progress_out(notice: Notice, shown: Snapshot, earlier: Snapshot | None, division: str) -> ProgressOut:
    """A snapshot as whoever works for a division sees it: places are among all units, figures of the own."""
    placed, targets = ranks(notice, shown.units), notice.targets
    names = {row.division: words(row.name) for row in targets.rows} if targets else {}
    before = earlier.units if earlier else {}
    own = {unit: one for unit, one in shown.units.items() if unit.startswith(division)}
    return ProgressOut(
        county=notice.county,
        coverage_year=notice.year,
        as_of=shown.as_of,
        snapshot_id=shown.kept_id,
        stated_task=targets.stated_total if targets else None,
        computed_task=targets.computed_total if targets else None,
        stated_population=targets.stated_population if targets else None,
        computed_population=(targets.computed_population or None) if targets else None,
        total=UnitFigures(
            **_figures(notice, shown.total, earlier, earlier.total if earlier else None, total=True)
        ),
        units=[
            UnitProgressOut(
                division_code=unit,
                name=names.get(unit),
                rank=placed.get(unit),
                **_figures(notice, one, earlier, before.get(unit)),
            )
            for unit, one in own.items()
        ],
        cannot_tell=list(_untold(notice, shown)),
    )


def words(label: Label) -> Words:
    """A label in both languages."""
    return Words(zh=label.zh, en=label.en)


def _figures(
    notice: Notice, one: Figures, earlier: Snapshot | None, before: Figures | None, *, total: bool = False
) -> dict[str, object]:
    names = {
        "registered", "assessed", "paid", "exempt", "ended", "refunded", "elsewhere", "refusing", "task",
        "population", "employees", "to_insure", "own_fen",
    }  # fmt: skip
    payers = {payer.code: words(payer.label) for payer in notice.document.payers}
    return {
        **{name: getattr(one, name) for name in names},
        "help": [
            HelpSum(payer=payer, name=payers.get(payer, Words(zh=payer, en=payer)), amount_fen=fen)
            for payer, fen in sorted(one.help_fen.items())
        ],
        "completion": _rate(completion(one)),
        "entry_accuracy": _rate(entry_accuracy(one)),
        "goals": [_goal(found) for found in goals_reached(notice, one, total=total)],
        "statuses": list(_statuses(notice, one)),
        "change": _change(one, before or Figures(), earlier) if earlier else None,
    }


def _rate(share: Share) -> Rate:
    return Rate(**_share(share))


def _share(share: Share) -> dict[str, object]:
    percent = share.percent
    return {
        "part": share.part,
        "whole": share.whole,
        "percent": None if percent is None else percent_words(percent),
        "missing": share.missing,
    }


def _goal(found: Reached) -> GoalOut:
    goal = found.goal
    return GoalOut(
        **_share(found.share),
        goal=goal.id,
        clause=goal.clause,
        label=words(goal.label),
        measure=goal.measure,
        base=words(goal.base),
        required_percent=goal.percent,
        strict=goal.strict,
        met=found.met,
    )


def _statuses(notice: Notice, one: Figures) -> Iterator[StatusRate]:
    labels: Mapping[str, Label] = {rule.code: rule.label for rule in notice.document.statuses}
    for status, group in sorted(one.statuses.items()):
        label = labels.get(status)
        yield StatusRate(
            **_share(Share(group.enrolled, group.base, None if group.base else "nobody")),
            status=status,
            label=words(label) if label else Words(zh=status, en=status),
            newly=group.newly,
            newly_in_month=group.newly_in_month,
        )


def _change(one: Figures, before: Figures, earlier: Snapshot) -> Change:
    return Change(
        since=earlier.as_of,
        registered=one.registered - before.registered,
        enrolled=one.enrolled - before.enrolled,
        refunded=one.refunded - before.refunded,
        own_fen=one.own_fen - before.own_fen,
    )


def _untold(notice: Notice, shown: Snapshot) -> Iterator[Untold]:
    if shown.not_told:
        yield Untold(what="states", words=_UNTOLD["states"], people=shown.not_told)
    if shown.unplaced_people:
        yield Untold(what="places", words=_UNTOLD["places"], people=shown.unplaced_people)
