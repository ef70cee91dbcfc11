"""What chasing looks like, for the OpenAPI document."""

from services.registration.examples import Example

CHASE: Example = {
    "taken_by": "village-12",
    "taken_at": "2020-11-20T09:00:00+08:00",
    "last_contact_at": "2020-11-21T19:30:00+08:00",
    "last_outcome": "promised",
    "next_step": "月底前再入户",
    "next_on": "2020-11-30",
    "free_from": "2020-12-05",
}
STEP: Example = {
    "division_code": "620422101201",
    "kind": "contact",
    "at": "2020-11-21T19:30:00+08:00",
    "means": "visit",
    "outcome": "promised",
    "next_step": "月底前再入户",
    "next_on": "2020-11-30",
    "note": None,
    "entered_by": "village-12",
    "entered_at": "2020-11-21T19:40:00+08:00",
}
