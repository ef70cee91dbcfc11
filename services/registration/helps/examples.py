"""What help by others looks like, for the OpenAPI document."""

from services.registration.examples import Example

MONEY: Example = {
    "arrival_id": 7,
    "county": "dongan",
    "coverage_year": 2020,
    "payer": "collective",
    "payer_label": "village collective",
    "payer_label_zh": "村集体",
    "amount_fen": 120000,
    "arrived_at": "2019-10-20T10:00:00+08:00",
    "reversed_at": None,
    "listed_fen": 100000,
    "complete_fen": 25000,
    "returned_fen": 0,
    "left_fen": 20000,
}
LINE: Example = {
    "line_id": 31,
    "arrival_id": 7,
    "person_id": 4711,
    "division_code": "431122101201",
    "payer": "collective",
    "helper": "某村股份经济合作社",
    "amount_fen": 5000,
    "listed_by": "township-1",
    "listed_at": "2019-10-21T09:00:00+08:00",
    "withdrawn_at": None,
    "complete": False,
    "counts": True,
}
LIST: Example = {
    "county": "dongan",
    "coverage_year": 2020,
    "arrival_id": 7,
    "helper": "某村股份经济合作社",
    "lines": [{"person_id": 4711, "amount_fen": 5000}],
}
LISTED: Example = {
    "dry_run": False,
    "given": [{"index": 0, "person_id": 4711, "amount_fen": 5000}],
    "left_out": [
        {
            "index": 1,
            "reason": "paid",
            "because": "Has paid already: nothing is paid twice.",
            "because_zh": "已缴费，不重复资助。",
        }
    ],
    "left_fen": 20000,
}
