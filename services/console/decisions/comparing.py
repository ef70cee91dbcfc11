"""What a case rests on: what one side says beside what the other says, and where each says it."""

from collections.abc import Iterable, Mapping

from pydantic import JsonValue

from services.console.decisions.schemas import Letter
from services.console.forms.rules import Beside, Fact, Sides
from services.console.lists.schemas import Case
from services.console.pages.rules import amount, minute

Evidence = Mapping[str, JsonValue]
_NONE = ("无", "none")
_ENTRIES = {"payment": ("缴费", "payment"), "refund": ("退款", "refund")}
_OUTCOMES = {
    "accepted": ("接受", "accepted"),
    "refused": ("退回", "refused"),
    "paid": ("扣款成功", "paid"),
    "failed": ("扣款失败", "failed"),
    "returned": ("退汇", "returned"),
}


def sides_of(case: Case) -> Sides | None:
    """Both sides of a difference; None where a case is about no two sides."""
    told = case.evidence
    if case.alert is not None:
        return None
    if case.kind.startswith("channel_day_"):
        heads = ("渠道对账单", "The channel's file", "本系统", "Our own payments")
        return Sides(*heads, (*_amounts(told), *_persons(told), *_years(told), _places(told, "payment_id")))
    if case.kind.startswith("slip_"):
        heads = ("银行清单", "The bank's list", "本系统登记", "As recorded")
        return Sides(*heads, (*_amounts(told), _places(told, "deposit_id")))
    if case.kind.startswith("settlement_"):
        return _settled(told)
    if "says_now" in told and told.get("said_before") is not None:
        heads = ("先前所称", "What was said before", "现称", "What is said now")
        return Sides(*heads, (_words(told),))
    return None


def evidence_facts(case: Case, *, batches: bool) -> list[Fact]:
    """What both sides speak of; `batches`: the way to what was exchanged, too."""
    told = case.evidence
    if case.alert is not None:
        return []
    facts = [_day(case)] if {"channel", "business_on"} <= told.keys() else []
    if entry := told.get("entry"):
        facts.append(Fact("类别", "Entry", *_ENTRIES.get(str(entry), (str(entry), str(entry)))))
    facts += _said(told, "transaction_no", "交易号", "Transaction")
    facts += _said(told, "slip_no", "存款单号", "Slip")
    facts += _said(told, "account", "收款账户", "Account")
    facts += _said(told, "debit_no", "扣款流水号", "Debit")
    return [*facts, *_exchanged(told, batches)]


def _day(case: Case) -> Fact:
    """The day, and the way to its page for what is of a day of a channel."""
    channel, on = str(case.evidence["channel"]), str(case.evidence["business_on"])
    words = f"{channel} {on}"
    return Fact("渠道日", "Day of the channel", words, words, day_of(case))


def day_of(case: Case) -> str:
    """The page of the day of a channel that a difference is of; empty for any other case."""
    if case.alert is not None or not case.kind.startswith(("channel_day_", "settlement_")):
        return ""
    channel, on = (case.evidence.get(name) for name in ("channel", "business_on"))
    return f"channel-days/{case.county}/{channel}/{on}" if case.county and channel and on else ""


def letter_facts(letters: Iterable[Letter]) -> list[Fact]:
    """Letters that were sent about a case, each to be printed."""
    return [
        Fact(
            "发函", "Letter", f"{one.letter_no}（{one.sent_by} {minute(one.sent_at)}）打印",
            f"{one.letter_no} ({one.sent_by}, {minute(one.sent_at)}), print", f"letters/{one.letter_id}",
        )
        for one in letters
    ]  # fmt: skip


def _said(told: Evidence, name: str, zh: str, en: str) -> list[Fact]:
    value = told.get(name)
    return [Fact(zh, en, str(value), str(value))] if value is not None else []


def _exchanged(told: Evidence, batches: bool) -> list[Fact]:
    """A row that went to the other side, and why it came back."""
    if not {"batch_no", "row_no"} <= told.keys():
        return []
    zh, en = (
        f"第 {told['batch_no']} 批第 {told['row_no']} 行",
        f"batch {told['batch_no']}, row {told['row_no']}",
    )
    facts = [
        Fact("报送批次", "Where it stands", zh, en, f"exchange-batches/{told['batch_id']}" if batches else "")
    ]
    facts += _said(told, "number", "编号", "Number")
    why = " ".join(str(told[name]) for name in ("code", "words") if told.get(name) is not None)
    return [*facts, Fact("对方所称原因", "Why, as they say", why, why)] if why else facts


def _amounts(told: Evidence) -> tuple[Beside, ...]:
    theirs, ours = told.get("theirs_fen"), told.get("ours_fen")
    return (Beside("金额", "Amount", *_fen(theirs), *_fen(ours), differs=theirs != ours),)


def _persons(told: Evidence) -> tuple[Beside, ...]:
    return _pair(told, "person_id", "参保人", "Person")


def _years(told: Evidence) -> tuple[Beside, ...]:
    return _pair(told, "year", "参保年度", "Coverage year")


def _pair(told: Evidence, name: str, zh: str, en: str) -> tuple[Beside, ...]:
    theirs, ours = told.get(f"theirs_{name}"), told.get(f"ours_{name}")
    if theirs is None and ours is None:
        return ()
    return (Beside(zh, en, *_plain(theirs), *_plain(ours), differs=theirs != ours),)


def _places(told: Evidence, ours: str) -> Beside:
    """Where each side says it: a line of a file, a record of ours."""
    return Beside("出处", "Where", *_line(told.get("file_id"), told.get("line")), *_record(told.get(ours)))


def _settled(told: Evidence) -> Sides:
    """What a channel owes of days, beside the line of the statement."""
    heads = ("渠道应划", "Owed by the channel", "账户到账", "Came to the account")
    days = told.get("days")
    on = "、".join(map(str, days)) if isinstance(days, list) and days else str(told.get("business_on"))
    owed, came, came_on = (told.get(name) for name in ("owed_fen", "came_fen", "came_on"))
    statement = _line(told.get("statement_file_id"), told.get("statement_line"))
    rows = [
        Beside("金额", "Amount", *_fen(owed), *_fen(came), differs=owed != came),
        Beside("收款", "Taken", *_fen(told.get("gross_fen")), "", ""),
        Beside("手续费", "Fee", *_fen(told.get("fee_fen")), "", ""),
        Beside("日期", "Day", on, on, *_plain(came_on)),
        Beside("出处", "Where", *_line(told.get("file_id"), None), *statement),
    ]
    return Sides(*heads, tuple(rows))


def _words(told: Evidence) -> Beside:
    before, now = (
        _OUTCOMES.get(str(told[name]), (str(told[name]),) * 2) for name in ("said_before", "says_now")
    )
    return Beside("结果", "Outcome", *before, *now, differs=before != now)


def _fen(value: JsonValue) -> tuple[str, str]:
    return amount(value) if isinstance(value, int) else _NONE


def _plain(value: JsonValue) -> tuple[str, str]:
    return _NONE if value is None else (str(value), str(value))


def _line(file_id: JsonValue, line: JsonValue) -> tuple[str, str]:
    if file_id is None:
        return _NONE
    zh, en = f"对账单 {file_id}", f"file {file_id}"
    return (f"{zh} 第 {line} 行", f"{en}, line {line}") if line is not None else (zh, en)


def _record(number: JsonValue) -> tuple[str, str]:
    return _NONE if number is None else (f"记录 {number}", f"record {number}")
