"""Every worked case beside a policy file holds; a wrong value in a notice is found here, by its sentence."""

import pytest

from libs.common.policy import assess, load_all, parse_question, policies_dir
from libs.common.policy.cases import differences, load_cases

NOTICES = load_all()
CASES = [
    pytest.param(notice, case, id=f"{notice.county}-{case.name}")
    for notice in NOTICES.values()
    for case in load_cases(notice, policies_dir() / notice.county / f"{notice.year}.cases.yaml")
]


@pytest.mark.parametrize(("notice", "case"), CASES)
def test_holds(notice, case):
    answer = assess(notice, parse_question(case.question)).as_dict()
    assert list(differences(case.expect, answer)) == []


@pytest.mark.parametrize("notice", NOTICES.values(), ids=lambda n: n.county)
def test_every_notice_has_cases(notice):
    assert len(load_cases(notice, policies_dir() / notice.county / f"{notice.year}.cases.yaml")) >= 30
