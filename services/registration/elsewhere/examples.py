"""What help for people insured elsewhere looks like, for the OpenAPI document."""

from services.registration.examples import Example

NEW: Example = {
    "county": "dongan",
    "coverage_year": 2020,
    "id_number": "11010519491231002X",
    "name": "张三",
    "insured_in": "431121",
    "paid_on": "2019-10-20",
    "paid_fen": 25000,
    "voucher_no": "HN20191020-0012",
    "proofs": ["voucher"],
}
LINE: Example = {
    "payer": "medical_assistance",
    "status": "tekun",
    "amount_fen": 25000,
    "mechanism": "reimburse_to_card",
}
ASKED: Example = {"elsewhere_help_id": 90211, "approval_id": 12, "subsidies": [LINE], "amount_fen": 25000}
HELP: Example = {
    "elsewhere_help_id": 90211,
    "county": "dongan",
    "coverage_year": 2020,
    "person_id": 4711,
    "division_code": "431122101201",
    "insured_in": "431121",
    "paid_on": "2019-10-20",
    "paid_fen": 25000,
    "voucher_no": "HN20191020-0012",
    "proofs": ["voucher"],
    "tier": None,
    "subsidies": [LINE],
    "amount_fen": 25000,
    "state": "agreed",
    "recorded_by": "township-1",
    "asked_at": "2019-11-02T09:00:00+08:00",
    "agreed_at": "2019-11-03T10:00:00+08:00",
    "ended_at": None,
    "end_reason": None,
}
