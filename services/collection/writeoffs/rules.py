"""When paper is written off, by the notice of a county, and what has to be settled before."""

from collections.abc import Iterator
from datetime import date, timedelta

from libs.common.policy.format.custody_rules import Voucher
from libs.common.web.problems import FieldError


def faults_of_day(paper: Voucher, up_to: date, today: date) -> Iterator[FieldError]:
    """Why paper is not written off up to a day."""
    if paper.writeoff == "none":
        yield FieldError(
            "#/voucher",
            f"The notice does not have this paper written off ({paper.clause}).",
            f"通知未规定该票据核销（{paper.clause}）。",
        )
        return
    is_month_end = (up_to + timedelta(days=1)).day == 1
    if not is_month_end or (paper.writeoff == "year_end" and up_to.month != 12):
        what, what_zh = {"month_end": ("a month", "月末"), "year_end": ("a year", "年末")}[paper.writeoff]
        yield FieldError(
            "#/up_to",
            f"The notice has it written off at {what}'s end ({paper.clause}): give such a day.",
            f"按通知{paper.clause}，{what_zh}核销：请填写{what_zh}日期。",
        )
    if up_to > today:
        yield FieldError("#/up_to", "Lies in the future.", "晚于当前日期。")
