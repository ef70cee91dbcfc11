"""What openings of seasons look like, for the OpenAPI document."""

from services.registration.examples import Example

SEASON: Example = {"county": "youxi", "coverage_year": 2020}
OPENING: Example = {
    **SEASON,
    "state": "running",
    "people_total": 388800,
    "people_done": 120000,
    "enrolled": 117300,
    "enrolled_before": 240,
    "left_out": 2460,
    "waiting": 34000,
    "trouble": None,
    "opened_by": "bureau-1",
    "opened_at": "2019-08-30T09:00:00+08:00",
    "finished_at": None,
}
LEFT_OUT: Example = {
    "person_id": 4711,
    "name": "张*",
    "division_code": "350426101203",
    "reason": "employee_insured",
    "because": "people in employee insurance",
    "because_zh": "参加职工基本医疗保险的人员",
    "clause": "二",
}
