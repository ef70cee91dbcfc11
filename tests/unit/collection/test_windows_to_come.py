"""Who cannot pay now is told which window comes; one that waits for a decision is promised to nobody."""

from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace

from libs.common.policy import load_notice_bytes, policies_dir
from libs.common.policy.format.conditions_model import Condition
from services.collection.dues.words import why_closed

HUINING = (policies_dir() / "huining" / "2021.yaml").read_text(encoding="utf-8")
EXTENDED = (
    "  - {id: extended, kind: makeup, clause: 三, label: {zh: 延长期, en: extension}, "
    "from: 2020-12-21, to: 2020-12-31, when: {parameter: window_extended}}"
)


def test_an_extension_that_nobody_has_decided_is_not_promised():
    text = HUINING.replace("windows:\n", f"windows:\n{EXTENDED}\n", 1)
    notice = load_notice_bytes(
        text.replace("windows: [main]", "windows: [main, extended]").encode(), "huining/2021.yaml"
    )
    due = SimpleNamespace(revision=2, assessed_at=None)
    said = why_closed(due, notice, datetime.fromisoformat("2020-12-15T10:00:00+08:00"))

    assert "延长期" not in said.zh and "2020-12-10" in said.zh


def test_where_all_windows_wait_for_a_decision_no_day_is_told():
    windows = load_notice_bytes(HUINING.encode(), "huining/2021.yaml").document.windows
    waiting = [replace(one, when=Condition(parameter="window_opened")) for one in windows]
    notice = SimpleNamespace(document=SimpleNamespace(windows=waiting))
    due = SimpleNamespace(revision=2, assessed_at=None)
    said = why_closed(due, notice, datetime.fromisoformat("2020-12-15T10:00:00+08:00"))

    assert (said.zh, said.en) == ("缴费期尚待开放。", "The window for payment has not been opened yet.")
