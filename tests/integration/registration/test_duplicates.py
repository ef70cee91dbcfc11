"""Who is enrolled in another county is told which of the two stands, in the order of the notice."""

import pytest

from libs.common.policy import NoticeInvalid, Notices, load_notice_bytes
from tests.integration.registration.builders import household, member, number

ORDER = """duplicates:
  clause: 二；五
  rule: by_order
  label: {zh: 重复参保的处理, en: how duplicates are decided}
  order:
    - {id: student, clause: 五(一), label: {zh: 学生以学籍地为准, en: students where their school is}, when: {school: [university]}, stands: school}
    - {id: others, clause: 五(二), label: {zh: 其他人以居住地为准, en: others where they live}, stands: residence}
"""  # noqa: E501


def dongan(notices, order: str = ORDER) -> Notices:
    """Dong'an's notice with another word on duplicates."""
    text = notices[("dongan", 2020)].source_text.decode()
    before, _, after = text.partition("duplicates:\n")
    changed = load_notice_bytes(
        f"{before}{order}{after[after.index(chr(10) * 2) :]}".encode(), "dongan/2020.yaml"
    )
    return Notices([*(one for one in notices.values() if one.county != "dongan"), changed])


@pytest.fixture
def by_order(registration):
    notices = registration.context.notices
    registration.context.notices = dongan(notices)
    yield
    registration.context.notices = notices


@pytest.mark.parametrize(
    ("facts", "stands", "clause"),
    [({"school": "university"}, "school", "五(一)"), ({}, "residence", "五(二)")],
)
async def test_a_second_enrollment_is_refused_with_the_one_that_stands(
    registration, by_order, facts, stands, clause
):
    twice = number()
    await registration.register(household("H1", member("张三", twice)), at="2019-10-01T10:00:00+08:00")
    row = household("X1", member("张三", twice, **facts), county="dongan") | {"division_code": "431122101201"}
    (refused,) = (await registration.register(row, at="2019-10-02T10:00:00+08:00"))["rejected"]

    problem = refused["problem"]
    assert (problem["other_county"], problem["stands"], problem["clause"]) == ("youxi", stands, clause)
    assert clause in problem["detail_zh"]


async def test_without_an_order_only_the_other_county_is_named(registration):
    twice = number()
    await registration.register(household("H1", member("张三", twice)), at="2019-10-01T10:00:00+08:00")
    row = household("X1", member("张三", twice), county="dongan") | {"division_code": "431122101201"}
    (refused,) = (await registration.register(row, at="2019-10-02T10:00:00+08:00"))["rejected"]

    assert refused["problem"]["other_county"] == "youxi" and "stands" not in refused["problem"]


@pytest.mark.parametrize(
    ("order", "problem"),
    [
        (ORDER[: ORDER.index("  order:")], "`order` goes with `rule: by_order`"),
        (ORDER.replace("when: {school: [university]}, ", ""), "duplicate 'others' can never apply"),
    ],
)
async def test_an_order_that_decides_nothing_is_named(registration, order, problem):
    with pytest.raises(NoticeInvalid, match=problem):
        dongan(registration.context.notices, order)
