"""Where people register by a notice: for whom each entry is, where who is late goes, and what cannot work."""

from datetime import date, datetime

import pytest

from libs.common.dates import second_of
from libs.common.policy import NoticeInvalid, load_all, load_notice_bytes, policies_dir
from libs.common.policy.engine.question import Person
from libs.common.policy.engine.registering import registration_of

SONGMING = load_all()["songming", 2018]
TEXT = (policies_dir() / "songming" / "2018.yaml").read_text(encoding="utf-8")


def told(at: str, **facts: str) -> str | None:
    person = Person(born=date(1980, 6, 15), **facts)
    rule = registration_of(SONGMING, person, second_of(datetime.fromisoformat(f"{at}+08:00")))
    return rule and rule.id


@pytest.mark.parametrize(
    ("at", "facts", "rule"),
    [
        ("2017-11-10T23:59:59", {"hukou_kind": "rural"}, "rural"),
        ("2017-11-11T00:00:00", {"hukou_kind": "rural"}, "scattered"),
        ("2017-11-11T00:00:00", {"hukou_kind": "urban"}, "urban"),
        ("2017-11-01T00:00:00", {"hukou_kind": "converted"}, "rural"),
        ("2017-11-01T00:00:00", {"hukou": "elsewhere", "hukou_kind": "rural"}, "urban"),
        ("2017-12-20T23:59:59", {"hukou_kind": "rural", "school": "vocational"}, "vocational"),
        ("2017-12-21T00:00:00", {"school": "vocational"}, "scattered"),
        ("2018-03-01T00:00:00", {"hukou_kind": "urban"}, "scattered"),
        ("2017-11-01T00:00:00", {}, None),
    ],
)
def test_the_entry_that_holds_for_a_person(at, facts, rule):
    assert told(at, **facts) == rule


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("then: scattered", "then: scatered", "'scatered' is not defined"),
        ("    by: 2017-11-10\n    then: scattered", "    then: scattered", "`then` goes with `by`"),
        ("    by: 2017-11-10\n    then: scattered", "    by: 2018-03-01\n    then: scattered", "ends later"),
        ("when: {school: [vocational]}", "when: {tier: 1}", "no list of a village tells 'tier'"),
        ("when: {school: [vocational]}", "when: {not: {event: released}}", "tells 'event'"),
    ],
)
def test_a_mistake_is_named(old, new, problem):
    assert old in TEXT
    with pytest.raises(NoticeInvalid) as caught:
        load_notice_bytes(TEXT.replace(old, new, 1).encode(), "songming/2018.yaml")
    assert any(problem in flaw.problem for flaw in caught.value.flaws)
