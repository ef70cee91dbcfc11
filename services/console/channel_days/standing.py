"""How a day stands: which sums have to be the same, what hinders closing it, and how much time is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.console.channel_days.schemas import DayCase, Posted, WholeDay

#: What a difference is called in a list; the page of its case says more.
KINDS = {
    "channel_day_they_only": ("渠道有、本系统无", "in the channel's file only"),
    "channel_day_we_only": ("本系统有、渠道无", "in our payments only"),
    "channel_day_amount": ("金额不一致", "another amount"),
    "channel_day_state": ("状态不一致", "another state"),
    "channel_day_twice": ("对账单重复", "twice in the file"),
    "channel_day_other_person": ("参保人不一致", "another person"),
    "channel_day_other_year": ("参保年度不一致", "another coverage year"),
    "channel_day_late": ("往日缴费延迟列入", "of an earlier day"),
    "channel_day_fee": ("手续费与约定不符", "another fee"),
    "settlement_missing": ("款项未到账", "money has not come"),
    "settlement_late": ("款项到账延迟", "money came late"),
    "settlement_fee": ("到账相差手续费", "short of, or above, by the fee"),
    "settlement_twice": ("到账重复", "a booking stands twice"),
}
BANK = {
    "came": ("已到账", "has come"),
    "late": ("延迟到账", "came late"),
    "fee": ("到账相差手续费", "differs by the fee"),
    "missing": ("逾期未到账", "has not come"),
    "unknown": ("尚无对账单说明", "no statement tells yet"),
}
#: Collection judges what came, with the fee that a channel keeps and the day that was agreed.
_BANK_AGREES = {"came": True, "late": True, "fee": False, "missing": False}


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum as each side has it, in fen (or how many, where it is `counted`); None: a side does not say.

    `agrees` is None where nothing can be said of it.
    """

    name_zh: str
    name: str
    theirs: int | None
    ours: int | None
    bank: int | None = None
    posted: int | None = None
    counted: bool = False
    agrees: bool | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """Open differences of one kind."""

    says_zh: str
    says: str
    cases: Sequence[DayCase]

    @property
    def amount_fen(self) -> int:
        """What they are about together."""
        return sum(one.amount_fen or 0 for one in self.cases)


def sums_of(day: WholeDay, posted: Posted | None) -> list[Sum]:
    """The sums that have to be the same on all sides."""
    theirs, ours = day.theirs, day.ours
    file = (theirs.payments, theirs.paid_fen, theirs.refunds, theirs.refunded_fen) if theirs else (None,) * 4
    book = (posted.posted_taken_fen, posted.posted_returned_fen) if posted else (None, None)
    rows = [
        _sum("缴费笔数", "Payments", file[0], ours.payments, counted=True),
        _sum("缴费金额", "Paid", file[1], ours.paid_fen, book[0]),
        _sum("退款笔数", "Refunds", file[2], ours.refunds, counted=True),
        _sum("退款金额", "Given back", file[3], ours.refunded_fen, book[1]),
    ]
    if theirs is not None and theirs.fee_fen:
        rows.append(Sum("手续费", "Fee", theirs.fee_fen, None))
    if day.bank is not None:
        net = theirs.paid_fen - theirs.refunded_fen if theirs else None
        rows.append(
            Sum(
                "收款净额与到账", "Taken on balance, and come", net, ours.paid_fen - ours.refunded_fen,
                day.bank.came_fen, agrees=_BANK_AGREES.get(day.bank.state),
            )
        )  # fmt: skip
    return rows


def _sum(
    zh: str, en: str, theirs: int | None, ours: int, posted: int | None = None, *, counted: bool = False
) -> Sum:
    said = {one for one in (theirs, ours, posted) if one is not None}
    alone = theirs is None and posted is None
    return Sum(zh, en, theirs, ours, None, posted, counted, None if alone else len(said) == 1)


def kinds_of(cases: Sequence[DayCase]) -> list[Kind]:
    """Open differences by kind, those that are most first."""
    by_kind: dict[str, list[DayCase]] = {}
    for one in cases:
        by_kind.setdefault(one.kind, []).append(one)
    found = [Kind(*KINDS.get(kind, (kind, kind)), some) for kind, some in by_kind.items()]
    return sorted(found, key=lambda one: (-len(one.cases), one.says))


def hinders(day: WholeDay) -> list[tuple[str, str]]:
    """What has to be done before the day can be closed."""
    if day.state == "no_file":
        return [
            ("渠道当日对账单未到，请下载后上传。", "The channel's file of the day is not there: send it.")
        ]
    if day.state != "open":
        return []
    if not day.cases:
        return [("对账单尚未比对完毕，请稍后刷新。", "The file is being compared: look again in a moment.")]
    count = len(day.cases)
    return [(f"还有 {count} 项差异待办结。", f"{count} differences have still to be decided.")]


def left(due_on: date | None, today: date) -> tuple[str, str, bool] | None:
    """How many days are left, and whether it is late; None where the notice says no day."""
    if due_on is None:
        return None
    days = (due_on - today).days
    if days < 0:
        return f"{due_on}，已逾期 {-days} 天", f"{due_on}, {-days} days late", True
    if days == 0:
        return f"{due_on}，今日到期", f"{due_on}, today", False
    return f"{due_on}，还有 {days} 天", f"{due_on}, {days} days left", False
