"""What tickets look like, for the OpenAPI document. Everybody in them is made up."""

from services.registration.examples import Example

NEW: Example = {
    "county": "dongan",
    "coverage_year": 2020,
    "person_id": 4711,
    "correction": {"kind": "name", "name": "张三丰"},
    "wrong": "名册姓名与身份证不符",
    "proofs": [{"kind": "id_card", "note": "已核对原件"}],
}
TICKET: Example = {
    "ticket_id": 12,
    "county": "dongan",
    "coverage_year": 2020,
    "division_code": "431122101201",
    "person_id": 4711,
    "name": None,
    "id_number": None,
    "kind": "name",
    "wrong": "名册姓名与身份证不符",
    "correction": {"kind": "name", "name": "张**"},
    "proofs": [{"kind": "id_card", "number": None, "note": "已核对原件"}],
    "reported_by": "village-12",
    "reported_at": "2019-09-29T09:00:00+08:00",
    "due_on": "2019-10-09",
    "unknown_year": None,
    "overdue": False,
    "state": "resolved",
    "taken_by": None,
    "taken_at": None,
    "case_id": None,
    "answered_by": "bureau-1",
    "answered_at": "2019-10-09T15:00:00+08:00",
    "answer": None,
    "pay": {
        "pay_from_on": "2019-10-10",
        "words": "because the data takes a while to travel, payers had better pay on the next day",
        "words_zh": "由于登记和缴费数据传递存在时延，建议缴费人第二天再缴费",
        "clause": "七(一)",
    },
}
COUNT: Example = {
    "division_code": "431122101000",
    "open": 3,
    "overdue": 1,
    "first_due_on": "2019-10-09",
    "resolved": 12,
    "refused": 1,
    "withdrawn": 0,
}
