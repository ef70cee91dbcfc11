"""The forms of a counter: somebody found by number and name, and a paper issued to whom it names."""

from services.console.counters.asking import Counter
from services.console.counters.naming import KINDS
from services.console.forms.rules import Choice, Fact, Field, Sheet
from services.console.pages.rules import amount
from services.console.worklists.schemas import Position

_NUMBER = Field("id_number", "证件号码", "Identity number", most=32)
_NAME = Field("name", "姓名", "Name", most=100)
_KIND = Field("kind", "种类", "Which", "choice", tuple(Choice(code, *said) for code, said in KINDS.items()))


def _at(counter: Counter) -> list[Fact]:
    season, collector = counter.season, counter.collector
    choose = f"counter/places/{counter.place.season}"
    title = collector.title if collector else ""
    return [
        Fact("收缴点", "Collector", title, title, choose),
        Fact(
            "参保年度", "Coverage year", f"{season.place_zh} {season.coverage_year} 年度",
            f"{season.place} {season.coverage_year}", choose,
        ),
    ]  # fmt: skip


def _cash(counter: Counter, cash: Position | None) -> list[Fact]:
    collector_id, year = counter.place.collector_id, counter.season.coverage_year
    receipts = f"receipts?collector={collector_id}"
    if cash is None or not cash.in_hand_fen:
        return [Fact("手持现金", "Cash in hand", *amount(0), receipts)]
    zh, en = amount(cash.in_hand_fen)
    facts = [
        Fact("手持现金", "Cash in hand", f"{zh}（{cash.receipts} 张）", f"{en} ({cash.receipts})", receipts)
    ]
    if cash.waits_for_review:
        return [*facts, Fact("解款", "To the bank", "批次审核通过后解款", "after the batch has passed")]
    due = f"{cash.next_due_on}" if cash.next_due_on else ""
    late = ("，已逾期", ", overdue") if cash.overdue_fen else ("", "")
    page = f"deposits/new?collector={collector_id}&year={year}"
    zh, en = (f"期限 {due}{late[0]}", f"due {due}{late[1]}") if due else ("登记解款", "record it")
    return [*facts, Fact("解款", "To the bank", zh, en, page)]


def finding(counter: Counter, cash: Position | None) -> Sheet:
    """The form that finds somebody, above it the place and its cash."""
    paper = Fact(
        "已缴费的", "Who has paid", "开具收据或证明", "issue a receipt or certificate",
        counter.place.page("counter/certificates/new"),
    )  # fmt: skip
    facts = (*_at(counter), *_cash(counter, cash), paper)
    return Sheet(
        "柜面收款", "At the counter", "查询应缴", "What is owed?", (_NUMBER, _NAME), "", facts, begins=True
    )


def certifying(counter: Counter) -> Sheet:
    """The form that issues a paper: whose full name it has is read from the identity document."""
    facts = (
        *_at(counter),
        Fact(
            "说明", "Mind", "纸质收据印有全名，须按证件填写号码和姓名；每次开具一个编号，并留痕。",
            "The paper has the full name, as on the document; each issue has a number and is on record.",
        ),
    )  # fmt: skip
    back = counter.place.page("counter")
    return Sheet("开具收据或证明", "Issue a paper", "开具", "Issue it", (_KIND, _NUMBER, _NAME), back, facts)
