"""What an alert says is read by officers: days and instants as offices write them, not as machines do."""

from libs.common.cases.kinds import Alert
from libs.common.cases.showing import said

DEADLINE = Alert(
    "By {by_at} ({due_on}): {label}.", "{by_at} 前（{due_on}）：{label}。", "See {until}.", "见 {until}。"
)


def test_instants_and_days_are_those_of_offices():
    told = said(
        DEADLINE,
        {
            "by_at": "2019-12-31T23:59:59+08:00",
            "due_on": "2020-01-05",
            "label": "ZF-2020-118",
            "until": "2019-12-31T16:30:00Z",
        },
        None,
    )

    assert told.says == "By 2019-12-31 23:59 (2020-01-05): ZF-2020-118."
    assert told.says_zh == "2019年12月31日 23:59 前（2020年1月5日）：ZF-2020-118。"
    assert (told.todo, told.todo_zh) == ("See 2020-01-01 00:30.", "见 2020年1月1日 00:30。")


def test_what_evidence_of_before_does_not_tell_is_left_open():
    assert said(DEADLINE, {"by_at": "2020-13-01", "due_on": "2020"}, None).says == "By 2020-13-01 (2020): …."
