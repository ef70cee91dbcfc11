"""The household row of a batch, as a JSON Schema and an example for the OpenAPI document."""

from services.registration.examples import Example, schema_of
from services.registration.households.rules import HouseholdGiven

HOUSEHOLD_SCHEMA = schema_of(HouseholdGiven)

HOUSEHOLD: Example = {
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
    "enroll": {"county": "youxi", "coverage_year": 2020},
}
