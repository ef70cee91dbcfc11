"""The steps of village batches: notices whose steps cannot work are refused, and every step has its day."""

from datetime import date

import pytest

from libs.common.policy import NoticeInvalid, load_all, load_notice_bytes, policies_dir
from libs.common.policy.engine.office_days import batch_due_on

NOTICES = load_all()
TEXTS = {
    f"{county}/{year}": (policies_dir() / county / f"{year}.yaml").read_text(encoding="utf-8")
    for county, year in (("songming", 2018), ("dongan", 2020))
}


def problems(of: str, old: str, new: str) -> list[str]:
    text = TEXTS[of]
    assert old in text
    with pytest.raises(NoticeInvalid) as caught:
        load_notice_bytes(text.replace(old, new, 1).encode(), f"{of}.yaml")
    return [flaw.problem for flaw in caught.value.flaws]


class TestMistakes:
    @pytest.mark.parametrize(
        ("of", "old", "new", "problem"),
        [
            (
                "songming/2018",
                "channels: [village]\n  steps",
                "channels: [vilage]\n  steps",
                "channel 'vilage'",
            ),
            ("songming/2018", "{id: submit, kind: submit", "{id: submit, kind: book", "being handed in"),
            ("songming/2018", "id: center-check, kind", "id: township-check, kind", "more than once"),
            ("songming/2018", "id: deposit, kind: deposit", "id: deposit, kind: book", "never lets it go"),
            (
                "dongan/2020",
                "department: tax, within: tax-audit",
                "department: tax, within: audit",
                "'audit'",
            ),
            ("dongan/2020", "within: tax-audit, by: tax-audit", "by: audits", "deadline 'audits'"),
            ("dongan/2020", "department: tax, within", "department: finance, within", "those of tax"),
        ],
    )
    def test_are_named(self, of, old, new, problem):
        assert any(problem in found for found in problems(of, old, new))

    def test_money_that_goes_before_anybody_looked_is_one(self):
        text = TEXTS["songming/2018"]
        for step in ("township-check", "center-check"):
            text = text.replace(f"id: {step}, kind: review", f"id: {step}, kind: book")
        with pytest.raises(NoticeInvalid) as caught:
            load_notice_bytes(text.encode(), "songming/2018.yaml")
        found = [flaw.problem for flaw in caught.value.flaws]
        assert "nobody looks at the batch" in found
        assert "the money goes before anybody looked" in found

    def test_what_nobody_looked_at_cannot_be_confirmed(self):
        first = "{id: township-check, kind: review"
        text = TEXTS["dongan/2020"].replace(first, first.replace("review", "confirm"), 1)
        with pytest.raises(NoticeInvalid) as caught:
            load_notice_bytes(text.encode(), "dongan/2020.yaml")
        assert [flaw.problem for flaw in caught.value.flaws] == ["what nobody looked at is confirmed"]


class TestDays:
    @pytest.mark.parametrize(
        ("begun", "due"),
        [
            ("2019-09-30", "2019-10-10"),  # the National Day holidays lie between
            ("2019-10-10", "2019-10-14"),  # Saturday the 12th is a workday, the 13th is none
            ("2019-12-24", "2019-12-25"),  # the last day of all audits
            ("2019-12-25", "2019-12-25"),
            ("2019-12-30", "2020-01-03"),  # it came too late for that day; its own days count
        ],
    )
    def test_of_an_audit_are_the_departments_workdays_until_the_last_day_of_all(self, begun, due):
        notice = NOTICES["dongan", 2020]
        (audit,) = (step for step in notice.document.village_batches.steps if step.id == "tax-audit")
        assert batch_due_on(notice, audit, date.fromisoformat(begun)) == date.fromisoformat(due)

    def test_that_the_notice_does_not_state_are_none(self):
        notice = NOTICES["songming", 2018]
        submit, check = notice.document.village_batches.steps[:2]
        assert batch_due_on(notice, submit, date(2017, 11, 1)) == date(2017, 11, 10)
        assert batch_due_on(notice, check, date(2017, 11, 1)) is None
