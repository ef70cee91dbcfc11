"""The forms that lock an accounting month, have it closed or opened again, and what each will do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from services.console.decisions.rules import who_may
from services.console.forms.rules import Fact, Field, Sheet
from services.console.periods.naming import way_of
from services.console.periods.standing import Whole
from services.console.worklists.naming import PERIODS, named

_NOTE = Field("note", "备注", "A note", "long", most=500, required=False)
_REASON = Field("reason", "解锁理由", "Why", "long", most=500)


@dataclass(frozen=True, slots=True)
class Doing:
    """A step about a month: its form, what it will do, and the code of what is said afterwards."""

    title_zh: str
    title: str
    fields: tuple[Field, ...]
    will: Callable[[], list[Fact]]
    done: str


def _locks() -> list[Fact]:
    return [
        Fact(
            "锁定", "Locked", "本月不再记账；以后收到的本月业务记入下月。",
            "Nothing more is booked in it; what comes for it later is booked in the next month.",
        ),
        Fact("其后", "After that", "结账或解锁，均须第二人复核。",
             "It is closed, or opened again, by a second person."),
    ]  # fmt: skip


def _second() -> Fact:
    zh, en = who_may("ledger:close")
    said = f"须另一名{zh}复核，复核前不生效。", f"Another person agrees ({en}); nothing is done before."
    return Fact("复核", "Who agrees", *said)


def _closes() -> list[Fact]:
    return [
        Fact(
            "检查", "Looked through", "提交时和复核时各检查一次，有问题的不结账。",
            "Now and when the second person agrees; it is not closed where something is wrong.",
        ),
        Fact(
            "结账", "Closed", "冻结科目余额，记账凭证编号，不能再打开；差错在未结账的月份更正。",
            "Totals are frozen and the journal has its numbers; it is never opened again.",
        ),
        _second(),
    ]  # fmt: skip


def _reopens() -> list[Fact]:
    return [
        Fact(
            "解锁", "Opened", "本月可以继续记账；已记入下月的不移回。",
            "More is booked in it; what was booked in the next month stays there.",
        ),
        _second(),
    ]  # fmt: skip


DOINGS: Mapping[str, Doing] = {
    "lock": Doing("锁定会计期间", "Lock the month", (), _locks, "month_locked"),
    "close": Doing("结账", "Close the month", (_NOTE,), _closes, "asked"),
    "reopen": Doing("解锁", "Open the month again", (_REASON,), _reopens, "asked"),
}


def sheet_of(county: str, month: str, step: str, state: str) -> Sheet:
    """The form of a step."""
    doing = DOINGS[step]
    facts = (Fact("月份", "Month", month, month), Fact("状态", "State", *named(PERIODS, state)))
    way = way_of(county, month)
    return Sheet(doing.title_zh, doing.title, "下一步", "Go on", doing.fields, way, facts)


def will(step: str, typed: Mapping[str, str]) -> list[Fact]:
    """What a step does, with what was written to it."""
    doing = DOINGS[step]
    said = [Fact(one.label_zh, one.label, *(typed[one.name],) * 2) for one in doing.fields if typed[one.name]]
    return [*doing.will(), *said]


def body_of(step: str, typed: Mapping[str, str]) -> dict[str, object]:
    """The request of a step; what was left empty is not said."""
    return {one.name: typed[one.name] for one in DOINGS[step].fields if typed[one.name]}


def offered(one: Whole) -> list[str]:
    """The steps that a month allows as it stands."""
    allowed = {"lock": one.may_be_locked, "close": one.may_be_closed, "reopen": one.may_be_reopened}
    return [step for step, may_be in allowed.items() if may_be]
