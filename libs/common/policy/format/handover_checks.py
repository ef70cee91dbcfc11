"""Whether the handover calendar of a notice takes all money, so that no day lies between two deadlines.

A notice without handovers only assesses and has nothing to hand over. One that has them ends with a closing
deadline, and what still moves afterwards is handed over month by month.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from libs.common.dates import day_of
from libs.common.policy.format.custody_rules import Handover
from libs.common.policy.format.document import Document
from libs.common.policy.format.reader import Source

_DAY = timedelta(days=1)


def check_calendar(src: Source, doc: Document) -> None:
    """Note what is wrong with single handovers; when nothing is, what they leave out together."""
    before = len(src.flaws)
    for handover in doc.handovers:
        _check_one(src, handover)
    if doc.handovers and len(src.flaws) == before:
        _check_end(src, doc)
    if doc.handovers and len(src.flaws) == before:
        _check_gaps(src, doc)


def _check_one(src: Source, handover: Handover) -> None:
    line, name = src.line_of(handover), f"handover {handover.id!r}"
    if handover.kind == "supplementary":
        if handover.accounting_to is not None or handover.due_on is not None:
            src.flaw(line, f"{name} has no end", "delete `accounting_to` and `due_on`; give `due_day`")
    elif handover.accounting_to is None:
        src.flaw(line, f"{name} needs `accounting_to`", "add its last accounting day")
    elif handover.accounting_from > handover.accounting_to:
        src.flaw(line, f"{name} ends before it begins", "correct the accounting days")
    if (handover.due_on is None) == (handover.due_day is None):
        src.flaw(line, f"{name} needs `due_on`, or `due_day` when monthly", "give one of them")
    elif handover.due_day is not None and handover.kind not in ("monthly", "supplementary"):
        src.flaw(line, f"{name} is not monthly", "give `due_on` instead of `due_day`")
    elif handover.due_day is not None and not 1 <= handover.due_day <= 28:
        src.flaw(line, f"{name}: not every month has a day {handover.due_day}", "write a day from 1 to 28")


def _check_end(src: Source, doc: Document) -> None:
    """The last deadline is a closing one, and the supplementary ones begin on the day after it."""
    line = src.line_of(doc.handovers[-1])
    closing = [h for h in doc.handovers if h.kind == "closing"]
    supplementary = [h for h in doc.handovers if h.kind == "supplementary"]
    if len(closing) != 1:
        mend = (
            "write one `kind: closing` that takes all money since the last deadline,"
            f" such as up to {doc.notice.year + 1}-03-31"
        )
        src.flaw(line, f"there are {len(closing)} closing handovers, not one", mend)
        return
    last = max(h.last_day for h in doc.handovers if h.kind != "supplementary")
    if closing[0].last_day < last:
        mend = f"let the closing handover end on {last}"
        src.flaw(src.line_of(closing[0]), f"a handover ends on {last}, after the closing one", mend)
        return
    begins = closing[0].last_day + _DAY
    if [h.accounting_from for h in supplementary] != [begins]:
        mend = f"write one `kind: supplementary` with `accounting_from: {begins}` and a `due_day`"
        src.flaw(line, "money that moves after the closing handover is in no deadline", mend)


def _check_gaps(src: Source, doc: Document) -> None:
    dated = [h for h in doc.handovers if h.kind != "supplementary"]
    for first, last in _uncovered(doc, dated):
        follower = next((h for h in dated if h.accounting_from > last), dated[-1])
        days = f"{first}" if first == last else f"{first} to {last}"
        mend = "let a handover begin on the first of these days, or end on the last"
        src.flaw(src.line_of(follower), f"no handover covers {days}", mend)


def _uncovered(doc: Document, dated: list[Handover]) -> Iterator[tuple[date, date]]:
    """Give the days (first and last) from the first window or deadline to the last that none covers."""
    intervals = sorted((h.accounting_from, h.last_day) for h in dated)
    following = min([day_of(w.from_) for w in doc.windows] + [intervals[0][0]])
    for first, last in intervals:
        if first > following:
            yield following, first - _DAY
        following = max(following, last + _DAY)
    end = max((day_of(w.to - 1) for w in doc.windows), default=following)
    if following <= end:
        yield following, end
