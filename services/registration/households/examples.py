"""The household row of a batch, as a JSON Schema and an example for the OpenAPI document."""

from typing import Any

from libs.common.identity import DocumentType
from services.registration.people.rules import HUKOU, INSURANCE_STATES, SCHOOLS, SERVICE_KINDS, SEXES

_DATE = {"type": "string", "format": "date"}

MEMBER_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["name", "documents"],
    "properties": {
        "name": {"type": "string", "maxLength": 60},
        "sex": {"enum": list(SEXES), "description": "told by a resident ID otherwise"},
        "born": _DATE | {"description": "needed where no document tells it"},
        "documents": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["number"],
                "properties": {
                    "type": {"enum": [str(kind) for kind in DocumentType]},
                    "number": {"type": "string"},
                },
            },
        },
        "guardian": {"type": "string", "description": "ID number of a minor's guardian; else the head"},
        "hukou": {"enum": list(HUKOU), "default": "county"},
        "residence_permit": {"type": "boolean"},
        "resident_since": _DATE,
        "employed": {"type": "boolean"},
        "parent_enrolled_in_city": {"type": "boolean"},
        "employee_insurance": {
            "type": "object",
            "properties": {"state": {"enum": list(INSURANCE_STATES)}, "ended_on": _DATE},
        },
        "service": {
            "type": "object",
            "properties": {
                "kind": {"enum": list(SERVICE_KINDS)},
                "ends_on": _DATE,
                "stationed": {"type": "string"},
            },
        },
        "school": {"enum": list(SCHOOLS)},
    },
}

ENROLL_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["county", "year"],
    "properties": {
        "county": {"type": "string"},
        "year": {"type": "integer"},
        "tier": {"type": "integer", "minimum": 1},
        "add_ons": {"type": "array", "items": {"type": "string"}},
    },
}

HOUSEHOLD_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["household_no", "division_code", "members"],
    "properties": {
        "household_no": {"type": "string", "maxLength": 40},
        "division_code": {"type": "string", "pattern": "^[0-9]{12}$", "description": "the village"},
        "address": {"type": "string"},
        "county": {"type": "string", "description": "needed where the village alone does not tell it"},
        "head": {"type": "string", "description": "ID number of a member; needed for a new household"},
        "members": {"type": "array", "minItems": 1, "items": MEMBER_SCHEMA},
        "enroll": ENROLL_SCHEMA,
    },
}

HOUSEHOLD: dict[str, Any] = {
    "household_no": "YX-MX-000123",
    "division_code": "350426101203",
    "address": "梅仙镇某村 12 号",
    "head": "11010519491231002X",
    "members": [
        {
            "name": "张三",
            "documents": [{"type": "resident_id", "number": "11010519491231002X"}],
            "hukou": "county",
        },
        {
            "name": "张小明",
            "born": "2019-08-30",
            "sex": "male",
            "documents": [{"type": "birth_certificate", "number": "S190000123"}],
        },
    ],
    "enroll": {"county": "youxi", "year": 2020},
}
