"""The form that makes a batch of payouts, and what that will do."""

import re
from collections.abc import Mapping

from services.console.decisions.rules import who_may
from services.console.forms.rules import Fact, Field, Sheet
from services.console.pages.rules import amount
from services.console.payout_batches.naming import STEPS
from services.console.worklists.schemas import PayoutSums

_DIVISION = re.compile(r"[0-9]{6}(?:[0-9]{3}){0,2}")


def _division(code: str) -> None:
    if not _DIVISION.fullmatch(code):
        raise ValueError


_FIELDS = (
    Field(
        "division_prefix", "只发放某乡镇、村（社区）", "Only of a township or village", most=12,
        required=False, hint_zh="9 位乡镇代码或 12 位村（社区）代码；不填为全部。",
        hint="Its code of 9 or 12 digits; empty: all.", reads=_division,
    ),
    Field(
        "bank", "只发放某银行", "Only cards of a bank", most=60, required=False,
        hint_zh="社保卡登记的银行名称；不填为全部。", hint="As cards have it; empty: all.",
    ),
    Field(
        "most", "最多笔数", "No more than so many", "count", most=7, required=False,
        hint_zh="不填为不限。", hint="Empty: all.",
    ),
)  # fmt: skip


def make_sheet(county: str, coverage_year: int, found: PayoutSums) -> Sheet:
    """The form, with what is ready and what waits for something else."""
    facts = [
        Fact("参保年度", "Coverage year", f"{coverage_year} 年度", str(coverage_year)),
        _sum(found, "make_batch", ("可发放", "Ready")),
        *(_sum(found, step, names) for step, names in STEPS.items() if _count(found, step)),
    ]
    back = f"work/payout_batches?season={county}-{coverage_year}"
    return Sheet("制作发放批次", "Make a batch of payouts", "下一步", "Go on", _FIELDS, back, tuple(facts))


def _count(found: PayoutSums, step: str) -> int:
    return sum(one.count for one in found.items if one.next_step == step)


def _sum(found: PayoutSums, step: str, names: tuple[str, str]) -> Fact:
    count = _count(found, step)
    zh, en = amount(sum(one.amount_fen for one in found.items if one.next_step == step))
    return Fact(names[0], names[1].capitalize(), f"{count:,} 笔，{zh}", f"{count:,}, {en}")


def make_will(typed: Mapping[str, str]) -> list[Fact]:
    """What making it does."""
    agrees_zh, agrees = who_may("subsidy:approve")
    which = [typed[name] for name in ("division_prefix", "bank") if typed[name]]
    most_zh, most = (
        ([f"最多 {typed['most']} 笔"], [f"at most {typed['most']}"]) if typed["most"] else ([], [])
    )
    said = ("全部可发放的款项", "all that is ready")
    if which or most:
        said = "、".join(which + most_zh), ", ".join(which + most)
    return [
        Fact("范围", "Which", *said),
        Fact(
            "批次", "Batch", "编入的款项锁定，不会编入其他批次。", "What is in it is in no other batch.",
        ),
        Fact(
            "复核", "Who agrees", f"由{agrees_zh}复核，复核前不能导出银行文件。",
            f"{agrees} agrees; the bank’s file does not leave before.",
        ),
    ]  # fmt: skip


def body_of(county: str, coverage_year: int, typed: Mapping[str, str]) -> dict[str, object]:
    """The request for what was typed."""
    said: dict[str, object] = {"county": county, "coverage_year": coverage_year}
    said |= {name: typed[name] for name in ("division_prefix", "bank") if typed[name]}
    return said | ({"most": int(typed["most"])} if typed["most"] else {})
