"""What can be wrong between the rules of a notice about history, waiting and repair."""

from collections.abc import Callable, Iterable

from libs.common.policy.format.conditions_model import Condition
from libs.common.policy.format.document import Document
from libs.common.policy.format.reader import Source
from libs.common.policy.format.waiting_rules import WaitRule

Known = Callable[[Source, object, str, Iterable[str | None], Iterable[str]], None]

_HISTORY = ("lapsed_years", "continuous_years", "due_from_year")


def check_waiting(src: Source, doc: Document, known: Known) -> None:
    """Note what waiting rules name that is not there, and conditions that no history can answer."""
    waiting = doc.waiting
    if waiting is None:
        return
    if waiting.counted_from >= doc.notice.year:
        src.flaw(
            src.line_of(waiting),
            f"no year before {doc.notice.year} is counted",
            "write the first year that counts as lapsed, such as 2025",
        )
    windows = {w.id: w.event is not None for w in doc.windows}
    for rule in waiting.rules:
        known(src, rule, "window", rule.windows, windows)
        _check_anchor(src, rule, windows)
    seen: set[str] = set()
    for rule in waiting.rules:
        for window in rule.windows:
            if window in seen:
                src.flaw(src.line_of(rule), f"two waits for window {window!r}", "name each window once")
            seen.add(window)
    if waiting.repair is not None:
        known(src, waiting.repair, "amount", [waiting.repair.price], [a.name for a in doc.amounts])


def _check_anchor(src: Source, rule: WaitRule, windows: dict[str, bool]) -> None:
    if rule.anchor == "fixed_date":
        src.flaw(src.line_of(rule), f"wait {rule.id!r} cannot run from a fixed date", "use coverage_start")
    if rule.anchor == "event_day" and not all(windows.get(w) for w in rule.windows):
        src.flaw(
            src.line_of(rule), f"wait {rule.id!r}: event_day needs event windows", "name them in `windows`"
        )


def check_history(src: Source, doc: Document, rule: Condition) -> None:
    """Note a condition about the history in a notice that counts none."""
    if doc.waiting is None and any(getattr(rule, name) is not None for name in _HISTORY):
        src.flaw(
            src.line_of(rule),
            "the condition asks for the enrollment history, which this notice does not count",
            "add `waiting` with `counted_from`, or delete the condition",
        )
