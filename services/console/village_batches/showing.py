"""Puts together the page of a village's batch: where it stands, its course, lines, differences and moves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.console.forms.rules import Fact
from services.console.home.rules import may
from services.console.pages.objects import Act, Part, Shown
from services.console.pages.rules import amount, minute
from services.console.receipts.schemas import Collector
from services.console.session.rules import Visitor
from services.console.village_batches import standing
from services.console.village_batches.rules import days_left
from services.console.village_batches.schemas import Line, Lines, Move, Step, WholeBatch
from services.console.village_batches.standing import said_of, step_of
from services.console.worklists.naming import BATCHES, Names, named
from services.console.worklists.rules import Cell, Column, Table, money, number, words
from services.console.worklists.schemas import Season

MOVES: Names = {
    "opened": ("编制", "made"),
    "submitted": ("交审", "handed in"),
    "passed": ("通过", "passed"),
    "sent_back": ("退回", "sent back"),
    "corrected": ("更正", "mended"),
    "undone": ("撤回该步骤", "the step is to be done again"),
    "discarded": ("作废", "given up"),
    "reversed": ("整批冲回", "taken back"),
}
#: What an office does at a step of each kind.
PASSES: Names = {
    "review": ("审核通过", "Pass it"),
    "book": ("入库", "Book it"),
    "confirm": ("确认", "Confirm it"),
}


@dataclass(frozen=True, slots=True)
class Looked:
    """A batch as one visitor sees it on a day."""

    visitor: Visitor
    batch: WholeBatch
    title: str
    today: date

    @property
    def page(self) -> str:
        """The page of the batch."""
        return f"village-batches/{self.batch.batch_id}"


def batch_page(looked: Looked, lines: Lines) -> Shown:
    """All there is of a batch, and what the visitor may do about it."""
    batch = looked.batch
    parts = [_course(batch), _lines(looked, lines)]
    if batch.differences:
        parts.append(_differences(batch))
    parts.append(_moves(batch))
    title = f"村级批次 {batch.batch_id}", f"Village batch {batch.batch_id}"
    facts = facts_of(looked)
    return Shown(
        *title, "batches", "村级批次", "Village batches", facts, parts, acts_of(looked), *_own(looked)
    )


def choice_page(collectors: Sequence[Collector], seasons: Sequence[Season]) -> Shown:
    """Whose batch is to be made, and of which season."""
    columns = [
        Column("收缴点", "Collector"),
        Column("村（社区）", "Village"),
        Column("编制批次", "Make a batch"),
    ]
    rows = [
        [
            words(one.title), words(one.division_code),
            words(
                f"{season.coverage_year} 年度", str(season.coverage_year),
                page=f"village-batches/new?collector={one.collector_id}&year={season.coverage_year}",
            ),
        ]
        for one in collectors
        for season in seasons
        if season.county == one.county
    ]  # fmt: skip
    none = "尚未登记收缴点。", "No collector is registered here."
    part = Part("选择收缴点和年度", "Choose collector and season", Table(columns, rows), (), "", *none)
    title = "编制批次", "Make a batch"
    return Shown(*title, "batches", "村级批次", "Village batches", [], [part])


def facts_of(looked: Looked) -> list[Fact]:
    """What is known of a batch; above each of its forms, too."""
    batch = looked.batch
    opened = f"{batch.opened_by} {minute(batch.opened_at)}"
    facts = [
        Fact("状态", "State", *named(BATCHES, batch.state)),
        Fact("下一步", "Next", *_next(batch)),
        Fact("收缴点", "Collector", looked.title, looked.title),
        Fact("参保年度", "Coverage year", f"{batch.coverage_year} 年度", str(batch.coverage_year)),
        Fact("编制", "Made", opened, opened),
        Fact("人数", "People", f"{batch.people:,}", f"{batch.people:,}"),
        Fact("金额", "Amount", *amount(batch.amount_fen)),
        Fact("票据号码", "Numbers of paper", f"{batch.vouchers:,}", f"{batch.vouchers:,}"),
        Fact("已解款", "At the bank", *amount(batch.deposited_fen)),
    ]
    if batch.stated_fen is not None and batch.stated_people is not None:
        facts.insert(7, Fact("村报", "Stated", *heads(batch.stated_people, batch.stated_fen)))
    if batch.state in ("draft", "open", "sent_back"):
        left = days_left(batch.due_on, batch.due_year_unknown, looked.today)
        facts.insert(2, Fact("期限", "Due", *left))
    return facts


def _next(batch: WholeBatch) -> tuple[str, str]:
    """The step that it waits for, and whose it is."""
    if batch.state not in ("draft", "open", "sent_back"):
        return "—", "—"
    step = step_of(batch, batch.step)
    if step is None:
        return batch.step, batch.step
    zh, en = called(step)
    if batch.state == "sent_back":
        return f"更正后重新交审：{zh}", f"mend it and hand it in again: {en}"
    return zh, en


def called(step: Step) -> tuple[str, str]:
    """A step, and whose it is."""
    return f"{step.label_zh} · {step.department_label_zh}", f"{step.label} · {step.department_label}"


def _own(looked: Looked) -> tuple[str, str]:
    """Why nobody looks at what he made, where the step would be his office's."""
    if standing.looks_at(looked.visitor, looked.batch) and standing.was_in_it(looked.visitor, looked.batch):
        return (
            "本人编制、更正或已代其他部门审核，须由其他工作人员审核。",
            "You made or mended it, or looked at it for another office: another officer looks at it.",
        )
    return "", ""


def acts_of(looked: Looked) -> list[Act]:
    """The forms that the visitor may go to as the batch stands."""
    visitor, batch, page = looked.visitor, looked.batch, looked.page
    seen = f"?step={batch.step}&round={batch.round}"
    acts = []
    if standing.may_look(visitor, batch):
        acts.append(Act(f"{page}/pass{seen}", *named(PASSES, batch.step_kind)))
    if standing.may_return(visitor, batch):
        acts.append(Act(f"{page}/return{seen}", "退回村", "Send it back", second=True))
    if standing.may_mend(visitor, batch):
        acts += [
            Act(f"{page}/submit", "交审", "Hand it in"),
            Act(f"{page}/add", "补充收据", "Add receipts", second=True),
            Act(f"{page}/discard", "作废批次", "Give it up", second=True),
        ]
    if batch.step_kind == "deposit" and batch.state == "open" and may(visitor, "cash:write"):
        where = f"collector={batch.collector_id}&year={batch.coverage_year}&batch={batch.batch_id}"
        acts.append(Act(f"deposits/new?{where}", "登记解款", "Record its deposit"))
    if standing.may_reverse(visitor, batch):
        acts.append(Act(f"{page}/reverse", "整批冲回", "Take all of it back", second=True))
    return acts


def _course(batch: WholeBatch) -> Part:
    """The steps of the notice, and how far it is."""
    columns = [
        Column("步骤", "Step"),
        Column("部门", "Office"),
        Column("状态", "State"),
        Column("办理", "Done by"),
    ]
    at = [one.step for one in batch.steps].index(batch.step) if step_of(batch, batch.step) else 0
    rows = []
    for no, step in enumerate(batch.steps):
        state = ("已办", "done") if no < at or batch.state == "done" else ("未到", "to come")
        if batch.state in ("discarded", "reversed"):
            state = ("—", "—")
        elif no == at and batch.state != "done":
            state = ("办理中", "waits here")
        did = [
            one
            for one in batch.moves
            if (one.step, one.kind) in ((step.step, "passed"), (step.step, "submitted"))
        ]
        who = f"{did[-1].entered_by} {minute(did[-1].entered_at)}" if did and state[0] == "已办" else ""
        rows.append([
            words(step.label_zh, step.label), words(step.department_label_zh, step.department_label),
            words(*state), words(who),
        ])  # fmt: skip
    return Part("办理流程", "Its course", Table(columns, rows))


def _lines(looked: Looked, found: Lines) -> Part:
    mends = standing.may_mend(looked.visitor, looked.batch)
    columns = [
        Column("行号", "Line", right=True), Column("参保人", "People"), Column("金额", "Amount", right=True),
        Column("收款时间", "Taken at"), Column("票据号码", "Paper"), Column("核对", "Looked at"),
        Column("解款", "Deposit"),
    ]  # fmt: skip
    if mends:
        columns += [Column("更正", "Mend"), Column("移出", "Leave out")]
    rows = [_line(looked, one, mends=mends) for one in found.items]
    table = Table(columns, rows, found.next_after)
    return Part("明细", "Lines", table, (), "", "没有明细。", "It has no lines.")


def _line(looked: Looked, line: Line, *, mends: bool) -> list[Cell]:
    said = [said_of(one, at_its_line=True) for one in line.differences]
    zh, en = "；".join(one[0] for one in said) or "无差异", "; ".join(one[1] for one in said) or "agrees"
    opens = may(looked.visitor, "registration:read") and len(line.persons) == 1
    only = line.persons[0].person_id if opens else None
    bank = words("未解款", "not yet")
    if (no := line.deposit_id) is not None:
        bank = words(f"解款 {no}", f"deposit {no}", page=f"deposits/{no}")
    cells = [
        number(line.line_no), Cell(*people_of(line), page=f"persons/{only}" if only else ""),
        money(line.amount_fen), words(minute(line.paid_at)), words("、".join(line.voucher_nos)),
        words(zh, en, warn=bool(said)), bank,
    ]  # fmt: skip
    if not mends:
        return cells
    way = f"{looked.page}/lines/{line.line_no}"
    people = ".".join(str(one.person_id or 0) for one in line.persons)
    replaces = standing.may_replace(looked.visitor, looked.batch, line.line_no)
    mend = words("更正", "mend", page=f"{way}/replace?people={people}") if replaces else Cell()
    return [*cells, mend, words("移出或退款", "leave out", page=f"{way}/leave")]


def heads(people: int, fen: int) -> tuple[str, str]:
    """So many people with so much money."""
    zh, en = amount(fen)
    return f"{people:,} 人，{zh}", f"{people:,} people, {en}"


def people_of(line: Line) -> tuple[str, str]:
    """Whom a line is for; with the part of each where there are several."""
    names = [one.masked_name or one.masked_id or str(one.person_id or "—") for one in line.persons]
    if len(names) < 2:
        return ("".join(names),) * 2
    parts = [(name, amount(one.amount_fen)) for name, one in zip(names, line.persons, strict=True)]
    return "；".join(f"{who} {fen[0]}" for who, fen in parts), "; ".join(
        f"{who} {fen[1]}" for who, fen in parts
    )


def _differences(batch: WholeBatch) -> Part:
    columns = [
        Column("不符事项", "What differs"), Column("电子名册", "The file", right=True),
        Column("核对结果", "Found", right=True),
    ]  # fmt: skip
    rows = []
    for one in batch.differences:
        heads = one.code.endswith("_people") or one.code in ("waits", "number_missing")
        figure = number if heads else money
        rows.append([words(*said_of(one), warn=True), figure(one.said), figure(one.found)])
    return Part("目前不符", "What differs now", Table(columns, rows))


def _moves(batch: WholeBatch) -> Part:
    columns = [
        Column("时间", "At"), Column("步骤", "Step"), Column("办理", "What"), Column("办理人", "By"),
        Column("人数", "People", right=True), Column("金额", "Amount", right=True), Column("清点", "Counted"),
        Column("说明", "Remarks"),
    ]  # fmt: skip
    return Part("办理经过", "What was done", Table(columns, [_move(batch, one) for one in batch.moves]))


def _move(batch: WholeBatch, move: Move) -> list[Cell]:
    step = step_of(batch, move.step)
    label = (step.label_zh, step.label) if step is not None else (move.step, move.step)
    late = (f"逾期（应于 {move.due_on}）", f"late: due on {move.due_on}") if move.late else ("", "")
    said = [said_of(one) for one in move.differences]
    noted = [one for one in (move.reason, move.reference) if one]
    differs = "；".join(zh for zh, _ in said), "; ".join(en for _, en in said)
    return [
        words(minute(move.entered_at)), words(*label),
        Cell(*named(MOVES, move.kind), *late, warn=move.kind == "sent_back" or move.late),
        words(move.entered_by), number(move.people), money(move.amount_fen), words(*_counted(move)),
        Cell("；".join(noted), "; ".join(noted), *differs),
    ]  # fmt: skip


def _counted(move: Move) -> tuple[str, str]:
    """What somebody had in hand of paper and money."""
    if move.paper_people is None or move.paper_fen is None:
        return amount(move.money_fen) if move.money_fen is not None else ("", "")
    paper, counted = amount(move.paper_fen), amount(move.money_fen or 0)
    return (
        f"纸质 {move.paper_people:,} 人 {paper[0]}；资金 {counted[0]}",
        f"paper {move.paper_people:,} people {paper[1]}; money {counted[1]}",
    )
