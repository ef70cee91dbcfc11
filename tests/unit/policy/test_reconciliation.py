"""By when days of channels are closed: as each notice says, and terms that cannot be kept are refused."""

from datetime import date

import pytest

from libs.common.policy import NoticeInvalid, load_all, load_notice_bytes, policies_dir
from libs.common.policy.engine.office_days import reconciliation_due_on

NOTICES = load_all()


@pytest.mark.parametrize(
    ("of", "day", "due"),
    [
        (("youxi", 2020), "2019-11-20", "2019-11-30"),
        (("youxi", 2020), "2019-12-31", "2019-12-31"),
        (("huining", 2021), "2020-11-20", "2020-12-01"),
        (("huining", 2021), "2020-12-01", "2021-01-01"),
        (("dongan", 2020), "2019-11-20", "2019-11-25"),  # over a weekend
        (("dongan", 2020), "2019-09-30", "2019-10-10"),  # over the holidays of National Day
        (("songming", 2018), "2017-11-20", None),
    ],
)
def test_a_day_is_due_as_its_notice_says(of, day, due):
    found = reconciliation_due_on(NOTICES[of], date.fromisoformat(day))
    assert found == (date.fromisoformat(due) if due else None)


@pytest.mark.parametrize(
    ("of", "old", "new", "problem"),
    [
        ("dongan/2020", "rule: within\n  within: tax-audit", "rule: within", "belongs to the rule `within`"),
        ("dongan/2020", "rule: within\n  within: tax-audit", "rule: within\n  within: audit", "'audit'"),
        (
            "huining/2021",
            "rule: next_month\n  day: 1",
            "rule: next_month",
            "belongs to the rule `next_month`",
        ),
        ("huining/2021", "rule: next_month\n  day: 1", "rule: next_month\n  day: 31", "has a day 31"),
        ("youxi/2020", "rule: month_end", "rule: month_end\n  day: 1", "belongs to the rule `next_month`"),
        ("youxi/2020", "department: tax\n  rule: month_end", "department: tex\n  rule: month_end", "'tex'"),
    ],
)
def test_terms_that_cannot_be_kept_are_refused(of, old, new, problem):
    text = (policies_dir() / f"{of}.yaml").read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(NoticeInvalid) as caught:
        load_notice_bytes(text.replace(old, new, 1).encode(), f"{of}.yaml")
    assert problem in " ".join(flaw.problem for flaw in caught.value.flaws)
