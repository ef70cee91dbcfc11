"""What surveys look like, for the OpenAPI document. Everybody in them is made up."""

from services.registration.examples import Example
from services.registration.notices.examples import REGISTRATION

BASE: Example = {
    "base_id": 3,
    "county": "huining",
    "coverage_year": 2021,
    "division_code": "620422101201",
    "version_no": 2,
    "import_id": 7,
    "dated_on": "2020-09-20",
    "people": 1210,
    "added": 14,
    "changed": 3,
    "left_out": 2,
    "rejected": 0,
    "sent_by": "township-3",
    "known_at": "2020-09-21T09:00:00+08:00",
}
ANSWER: Example = {
    "answer": "not_here",
    "reason": "employee_insurance",
    "proof": "参保证明（会宁县社保局）",
    "said_by": "户主本人",
    "said_at": "2020-09-18T10:00:00+08:00",
    "entered_by": "village-12",
}
SAID: Example = ANSWER | {
    "division_code": "620422101201",
    "entered_at": "2020-09-18T10:05:00+08:00",
    "import_id": None,
}
PERSON: Example = {
    "row_id": 4711,
    "person_id": 815,
    "enrollment_id": 1623,
    "division_code": "620422101201",
    "household_no": "0017",
    "head": True,
    "name": "张三",
    "sex": "male",
    "age": 70,
    "id_number": "110105********002X",
    "address": "***",
    "phone": "13800000000",
    "statuses": ["建档立卡贫困人口"],
    "on_list": "excluded",
    "state": "assessed",
    "paid_fen": None,
    "completed_at": None,
    "listed_by": [],
    "registers": None,
    "troubles": [],
    "differences": ["household_no"],
    "answer": ANSWER,
    "chase": None,
    "last_contact": {"at": "2020-12-11T18:30:00+08:00", "outcome": "not_met"},
}
VILLAGE: Example = {
    "division_code": "620422101201",
    "base": BASE,
    "base_due_on": "2020-09-30",
    "registration": [REGISTRATION],
    "not_registered": 17,
    "in_no_base": 4,
    "exclusions": [
        {
            "reason": "employee_insurance",
            "people": 31,
            "last_said_at": "2020-09-18T10:00:00+08:00",
            "entered_by": ["township-3", "village-12"],
        }
    ],
    "to_insure": 1183,
    "to_subsidize": 212,
    "unpaid": 402,
    "paid": 731,
    "exempt": 50,
    "troubled": 3,
    "target": None,
}
