"""Texts of messages that nobody could get, or that could not be filled in, are found before a season."""

import pytest

from libs.common.policy import NoticeInvalid, load_notice_bytes, policies_dir

QINGDAO = (policies_dir() / "qingdao" / "2027.yaml").read_text(encoding="utf-8")


def flaws(text):
    with pytest.raises(NoticeInvalid) as told:
        load_notice_bytes(text.encode(), "qingdao/2027.yaml")
    return str(told.value)


def test_what_is_said_of_repair_goes_to_those_who_could():
    assert "braces that nothing fills" in flaws(QINGDAO.replace("who: could_repair, ", ""))


def test_nobody_could_repair_where_the_notice_has_no_repair():
    begin, end = QINGDAO.index("  repair:\n"), QINGDAO.index("# ── 提醒短信")
    assert "nobody can" in flaws(QINGDAO[:begin] + QINGDAO[end:])
