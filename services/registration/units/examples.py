"""What units and their lists look like, for the OpenAPI document. Everybody in them is made up."""

from services.registration.examples import Example

UNIT: Example = {
    "unit_id": 7,
    "county": "songming",
    "coverage_year": 2018,
    "code": "SM-ZZ-01",
    "name": "嵩明县职业中学",
    "rule": "vocational-schools",
    "kind": "school",
    "department": "schools",
    "clause": "六(二)2",
    "division_code": "530127001001",
    "registered_at": "2017-10-10T09:00:00+08:00",
    "closes_at": "2017-12-20T23:59:59+08:00",
    "channels": ["school"],
    "version_no": 2,
    "listed": 310,
    "registered": 310,
    "paid": 280,
    "exempt": 21,
    "late": 3,
}
LINE: Example = {
    "line": 1,
    "result": "listed",
    "person_id": 4711,
    "state": "assessed",
    "outcome": "payable",
    "own_due_fen": 18000,
    "price_fen": 18000,
    "clauses": ["三"],
    "reason": None,
    "problem": None,
}
LIST: Example = {
    "unit_id": 7,
    "dry_run": False,
    "version_no": 2,
    "closes_at": "2017-12-20T23:59:59+08:00",
    "added": 1,
    "kept": 309,
    "left_out": [{"person_id": 4712, "line": 18}],
    "refused": 0,
    "late": 0,
    "own_due_fen": 18000,
    "lines": [LINE],
}
ON_LIST: Example = {
    "line": 1,
    "person_id": 4711,
    "masked_name": "张**",
    "state": "paid",
    "listed_at": "2017-11-20T10:00:00+08:00",
}
