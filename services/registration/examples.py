"""What the answers look like, for the OpenAPI document. Everybody in them is made up."""

from typing import TypeAlias

from pydantic import BaseModel, ConfigDict, JsonValue

#: A JSON object.
Example: TypeAlias = dict[str, JsonValue]


def shown(example: Example) -> ConfigDict:
    """The model configuration of an answer that shows an example."""
    return ConfigDict(json_schema_extra={"example": example}, from_attributes=True)


def asked(example: Example) -> ConfigDict:
    """The model configuration of a body that shows an example, built at once, as FastAPI needs it."""
    return ConfigDict(json_schema_extra={"example": example}, extra="forbid", frozen=True, defer_build=False)


def schema_of(model: type[BaseModel]) -> Example:
    """The JSON Schema of a row that an operation reads by itself, in one piece."""
    schema: Example = model.model_json_schema()
    parts = schema.pop("$defs", {})
    assert isinstance(parts, dict)
    whole = _whole(schema, parts)
    assert isinstance(whole, dict)
    return whole


def _whole(part: JsonValue, parts: Example) -> JsonValue:
    if isinstance(part, list):
        return [_whole(item, parts) for item in part]
    if not isinstance(part, dict):
        return part
    reference = part.get("$ref")
    if isinstance(reference, str):
        return _whole(parts[reference.rsplit("/", 1)[-1]], parts)
    return {name: _whole(value, parts) for name, value in part.items()}


REJECTED: Example = {
    "index": 1,
    "problem": {
        "type": "urn:canbao:problem:registered-in-another-household",
        "title": "The person is registered in another household",
        "title_zh": "该人员已登记在其他户",
        "status": 422,
        "detail": "Remove the row, or cancel the person's enrollment in the other household first.",
        "detail_zh": "请删除该行，或先取消其在原户的参保登记。",
    },
}
BATCH: Example = {"accepted": 1, "rejected": [REJECTED]}
LIFE_EVENTS: Example = {"accepted": 1, "unchanged": 0, "rejected": [REJECTED]}
ROSTER: Example = {
    "received": 3,
    "added": 1,
    "changed": 0,
    "removed": 0,
    "unchanged": 1,
    "not_registered_yet": 1,
    "rejected": [REJECTED],
}
ROSTER_WAITS: Example = {
    "received": 1,
    "rejected": [],
    "approval": {
        "approval_id": 3,
        "county": "huining",
        "coverage_year": 2021,
        "division_code": "620422000000",
        "operation": "backdated_roster",
        "subject": "rosters/5",
        "case_id": None,
        "payload": {
            "status": "dibao",
            "department": "civil_affairs",
            "listed_on": "2020-12-10",
            "mode": "add",
            "receipt": "收文登记簿 2020-318",
            "rows": 1,
            "people": [
                {"id_number": "110105********002X", "name": "张*", "effective_on": "2016-01-01"},
            ],
        },
        "reason": "收文登记簿 2020-318",
        "asked_by": "bureau-1",
        "asked_at": "2020-12-12T10:00:00+08:00",
        "state": "waiting",
        "decided_by": None,
        "decided_at": None,
        "note": None,
    },
}
IMPORT: Example = {
    "import_id": 7,
    "kind": "households",
    "county": "youxi",
    "coverage_year": 2020,
    "file_name": "meixian.csv",
    "dry_run": False,
    "state": "running",
    "rows_total": 32441,
    "rows_done": 20000,
    "new": 19871,
    "updated": 12,
    "unchanged": 110,
    "rejected": 7,
    "incomplete": 0,
    "wrong_place": 0,
    "requested_at": "2019-09-05T10:00:00+08:00",
    "attempts": 1,
    "trouble": None,
    "retry_at": None,
    "finished_at": None,
    "failure": None,
    "errors_url": "./7/errors.csv",
}
UNASSESSED: Example = {
    "enrollment_id": 42,
    "person_id": 17,
    "county": "youxi",
    "coverage_year": 2020,
    "division_code": "350426101203",
    "cause": "data_corrected",
    "assess_at": "2019-11-20T10:00:00+08:00",
    "reason": "QuestionMalformed: person.hukou: must be one of city, county",
    "attempts": 1,
    "failed_at": "2019-11-20T10:00:01+08:00",
}
ENROLLMENT: Example = {
    "enrollment_id": 42,
    "county": "youxi",
    "coverage_year": 2020,
    "state": "paid",
    "division_code": "350426101203",
    "tier": None,
    "add_ons": [],
    "renewal": True,
    "registered_at": "2019-09-05T10:00:00+08:00",
    "revision": 2,
    "completed_at": "2019-11-20T10:00:00+08:00",
    "paid_fen": 25000,
    "benefit_from": "2020-01-01",
    "benefit_to": "2020-12-31",
    "cancelled_at": None,
    "cancel_reason": None,
    "cancel_note": None,
    "merged_into": None,
}
PERSON: Example = {
    "person_id": 42,
    "merged_person_ids": [],
    "county": "youxi",
    "name": "张*",
    "sex": "female",
    "born": "1949-**-**",
    "facts": {"hukou": "county"},
    "guardian_id": None,
    "documents": [{"type": "resident_id", "number": "110105********002X"}],
    "household": {
        "household_id": 17,
        "household_no": "YX-MX-000123",
        "division_code": "350426101203",
        "address": "***",
        "members": [{"person_id": 42, "name": "张*", "head": True}],
        "wrong_place": [],
    },
    "statuses": [
        {
            "coverage_year": 2020,
            "status": "medical_assistance_1",
            "class": None,
            "grade": None,
            "department": "civil_affairs",
            "effective_on": "2019-03-01",
            "ended_on": None,
            "listed_on": "2019-09-20",
            "identified_on": "2019-03-01",
        }
    ],
    "status_statements": [
        {
            "coverage_year": 2020,
            "status": "medical_assistance_1",
            "said": "add",
            "class": None,
            "grade": None,
            "department": "civil_affairs",
            "effective_on": "2019-03-01",
            "ended_on": None,
            "listed_on": "2019-09-20",
            "known_at": "2019-09-20T09:00:00+08:00",
        }
    ],
    "life_events": [],
    "enrollments": [ENROLLMENT],
}
ASSESSMENT: Example = {
    "assessment_id": 99,
    "revision": 1,
    "kind": "open",
    "cause": "registered",
    "assessed_at": "2019-09-05T10:00:00+08:00",
    "notice_sha256": "7f627c4168638573d2a9c831c9bf5e4883c737df63c8aed33215e732cdd1b710",
    "question": {
        "county": "youxi",
        "year": 2020,
        "at": "2019-09-05T10:00:00+08:00",
        "person": {"born": "1949-12-31", "sex": "female", "hukou": "county"},
    },
    "answer": {"outcome": "payable", "window": "main", "price_fen": 25000, "own_due_fen": 25000},
    "trace": [
        {
            "rule": "scope.admit.county_hukou",
            "clause": "二",
            "inputs": {"hukou": "county"},
            "result": "admitted",
            "words": {"zh": "属于参保对象：本县户籍。", "en": "In scope: registered in the county."},
        }
    ],
    "late_subsidies": None,
}
LATE: Example = {
    "county": "huining",
    "coverage_year": 2021,
    "rule": "reassess",
    "clause": "二(三)",
    "items": [
        {
            "person_id": 42,
            "name": "张*",
            "enrollment_id": 42,
            "division_code": "620422101201",
            "paid_at": "2020-11-01T10:00:00+08:00",
            "paid_fen": 28000,
            "known_at": "2020-11-20T09:00:00+08:00",
            "statuses": [
                {"code": "registered_poor", "effective_on": "2018-01-01", "listed_on": "2020-11-20"}
            ],
            "late_subsidies": [
                {
                    "payer": "county_finance",
                    "status": "registered_poor",
                    "amount_fen": 20000,
                    "mechanism": "reimburse_to_card",
                }
            ],
            "late_fen": 20000,
            "summary": {
                "zh": "已缴费，县财政先缴后补到社保卡200元。",
                "en": "Already paid; 200 yuan follow.",
            },
        }
    ],
    "next_after": None,
}

IMPORT_CHANGE: Example = {
    "kind": "moved",
    "line": 6,
    "person_id": 17,
    "name": "张*",
    "number": None,
    "values": [{"field": "division_code", "before": "350426101203", "after": "350426102201"}],
}
FAULTY_ROW: Example = {
    "line": 6,
    "sheet": None,
    "cells": ["张*", "350426********0000"],
    "faults": [
        {
            "column": "证件号码",
            "column_no": 1,
            "problem": "row-invalid",
            "detail": "the check digit does not fit",
            "detail_zh": "校验码不符",
        }
    ],
}
