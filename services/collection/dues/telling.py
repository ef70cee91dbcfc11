"""Says in a sentence in each language how somebody's year stands: in the season, and after it."""

from dataclasses import dataclass
from datetime import date, datetime

from libs.common.clock import business_date
from libs.common.money import yuan_text
from services.collection.dues.rules import DueState
from services.collection.dues.words import Words, last_minute


@dataclass(frozen=True, slots=True)
class Year:
    """How a person's year stands. `over`: nothing can be paid any more; `cover` is as registration told."""

    state: DueState
    coverage_year: int
    payable_fen: int
    until_at: datetime | None
    paid_at: datetime | None
    cover: tuple[date | None, date | None] | None
    waits: bool
    over: bool


def standing_of(year: Year) -> Words:
    """Say how a year stands."""
    if year.state == "paid" and year.paid_at is not None:
        on = business_date(year.paid_at)
        return _joined(Words(f"已于 {on} 缴费", f"Paid on {on}"), _cover(year))
    if year.state == "exempt":
        return _joined(Words("已由财政全额资助，无需缴费", "Exempt: help covers it all"), _cover(year))
    if year.state == "cancelled":
        return Words(
            f"{year.coverage_year} 年度参保登记已取消；如有疑问请向村（社区）核实。",
            f"The enrollment for {year.coverage_year} has ended; ask the village if that is wrong.",
        )
    if year.waits:
        return Words(
            "已有款项到账待处理，请勿重复缴费；处理结果请向乡镇查询。",
            "Money has arrived and waits for its place: do not pay again; the township knows more.",
        )
    return _unpaid(year)


def _unpaid(year: Year) -> Words:
    if year.payable_fen:
        until = f"，{last_minute(year.until_at)} 前有效" if year.until_at else ""
        until_en = f" until {last_minute(year.until_at)}" if year.until_at else ""
        yuan = yuan_text(year.payable_fen)
        return Words(f"尚未缴费，应缴 {yuan} 元{until}。", f"Not paid yet: {yuan} yuan{until_en}.")
    if year.over:
        return Words(
            f"未缴费：{year.coverage_year} 年度缴费期已结束，本年度没有参保待遇；"
            "新生儿等特殊情形请向村（社区）或乡镇咨询。",
            f"Not paid: the season for {year.coverage_year} is over, and there is no cover; "
            "newborns and other special cases ask the village or township.",
        )
    return Words("尚未缴费，现在不在缴费时间内。", "Not paid yet, and nothing can be paid at this moment.")


def _cover(year: Year) -> Words:
    first, last = year.cover or (None, None)
    if first is not None and last is not None:
        return Words(f"待遇期为 {first} 至 {last}", f"covered from {first} to {last}")
    return Words("待遇期以医保部门记录为准", "the medical-insurance bureau says from when the cover is")


def _joined(one: Words, other: Words) -> Words:
    return Words(f"{one.zh}；{other.zh}。", f"{one.en}; {other.en}.")
