"""What the answers look like, for the OpenAPI document. Everybody in them is made up."""

from pydantic import ConfigDict
from pydantic.config import JsonDict


def shown(example: JsonDict) -> ConfigDict:
    """The model configuration that shows an example."""
    return ConfigDict(json_schema_extra={"examples": [example]})


def listed(item: JsonDict) -> JsonDict:
    """A list that is at its end with one item."""
    return {"items": [item], "next_after": None}


PRICE: JsonDict = {
    "from_at": "2019-08-26T00:00:00+08:00",
    "until_at": "2020-01-01T00:00:00+08:00",
    "outcome": "payable",
    "reason_codes": [],
    "window": "main",
    "price_fen": 25000,
    "own_due_fen": 7000,
    "add_on_due_fen": 0,
    "payable_fen": 7000,
    "subsidies": [
        {
            "payer": "medical_assistance",
            "status": "medical_assistance_1",
            "amount_fen": 18000,
            "mechanism": "paid_on_behalf",
        }
    ],
    "why": {
        "zh": "集中缴费期缴费标准 250 元；医疗救助资金代缴 180 元（第一类医疗救助对象）；本人应缴 70 元；"
        "此标准至 2019-12-31 23:59 止。",
        "en": "Main window: the standard is 250 yuan; the medical-assistance fund pays on behalf:"
        " 180 yuan (medical-assistance recipient type 1); to pay: 70 yuan; until 2019-12-31 23:59.",
    },
}
PERSON: JsonDict = {
    "person_id": 101,
    "masked_name": "林**",
    "county": "youxi",
    "coverage_year": 2020,
    "division_code": "350426101203",
    "state": "open",
    "payable_fen": 7000,
    "due": PRICE,
    "ahead": [PRICE | {"from_at": "2020-01-01T00:00:00+08:00", "until_at": "2020-03-01T00:00:00+08:00"}],
    "pending_order": None,
    "payment": None,
}
DUE_FOUND: JsonDict = PERSON | {"family": [PERSON | {"person_id": 102, "masked_name": "陈*"}]}
PERSON_REPAIR: JsonDict = {
    "person_id": 7,
    "county": "qingdao",
    "coverage_year": 2027,
    "repair": {
        "wait_months": 4,
        "cover_from": "2027-05-01",
        "years": [
            {"repaired_year": 2026, "price_fen": 41500, "wait_months": 3, "cover_from": "2027-04-01"},
        ],
        "repaired_years": [],
        "latest": "before_wait_ends",
        "until_on": "2027-04-30",
        "clause": "摘要5",
        "words": {"zh": "待遇等待期 4 个月。", "en": "The wait is 4 months."},
    },
}
ORDER: JsonDict = {
    "order_no": "CB2019112000000000000007",
    "state": "pending",
    "county": "youxi",
    "coverage_year": 2020,
    "channel": "wechat",
    "amount_fen": 25000,
    "created_at": "2019-11-20T10:00:00+08:00",
    "expires_at": "2019-11-20T10:30:00+08:00",
    "payment_id": None,
    "paid_at": None,
    "close_reason": None,
    "items": [
        {
            "person_id": 101,
            "coverage_year": 2020,
            "masked_name": "林**",
            "window": "main",
            "price_fen": 25000,
            "own_fen": 25000,
            "add_on_fen": 0,
            "amount_fen": 25000,
            "line_state": None,
            "reason": None,
            "voucher_no": None,
        }
    ],
}
UNIT_ORDER: JsonDict = ORDER | {
    "left_out": [
        {
            "person_id": 103,
            "line": 18,
            "reason": "exempt",
            "why": {
                "zh": "已由财政全额资助，无需缴费。",
                "en": "Is exempt: help covers the whole contribution.",
            },
        }
    ]
}
LINE: JsonDict = {
    "line_no": 1,
    "amount_fen": 25000,
    "refunded_fen": 0,
    "state": "applied",
    "reason": None,
    "county": "youxi",
    "coverage_year": 2020,
    "division_code": "350426101203",
    "masked_id": "350426********2246",
    "masked_name": "林**",
    "person_id": 101,
    "enrollment_id": 42,
    "add_on_code": None,
    "voucher_no": "3504262019112000000178",
    "applied_at": "2019-11-20T10:00:05+08:00",
    "applied_by": None,
    "note": None,
    "refund_id": None,
    "refund_outcome": None,
    "refunded_at": None,
}
PAYMENT: JsonDict = {
    "payment_id": 7001,
    "state": "matched",
    "channel": "tax",
    "transaction_no": "T20191120000001",
    "order_no": None,
    "county": "youxi",
    "coverage_year": 2020,
    "amount_fen": 25000,
    "paid_at": "2019-11-20T10:00:00+08:00",
    "received_at": "2019-11-20T10:00:05+08:00",
    "lines": [LINE],
}
TOTAL: JsonDict = {
    "county": "youxi",
    "coverage_year": 2020,
    "state": "applied",
    "reason": None,
    "count": 355120,
    "amount_fen": 8878000000,
    "refunded_fen": 0,
}
SUSPENDED: JsonDict = {
    "payment_id": 7002,
    "line_no": 1,
    "channel": "bank-rcb",
    "transaction_no": "B20191120000009",
    "order_no": None,
    "amount_fen": 25000,
    "reason": "name_mismatch",
    "county": "youxi",
    "coverage_year": 2020,
    "division_code": "350426101203",
    "masked_id": "350426********2246",
    "masked_name": "王*",
    "person_id": 101,
    "paid_at": "2019-11-20T10:00:00+08:00",
    "received_at": "2019-11-20T10:00:05+08:00",
    "age_days": 12,
    "giving_back": False,
}
SUSPENSE: JsonDict = {
    "items": [SUSPENDED],
    "next_after": None,
    "totals": [
        {
            "reason": "name_mismatch",
            "count": 1,
            "amount_fen": 25000,
            "oldest_received_at": "2019-11-20T10:00:05+08:00",
        }
    ],
    "count": 1,
    "amount_fen": 25000,
}
APPLIED: JsonDict = {
    "payment_id": 7002,
    "line_no": 1,
    "state": "applied",
    "person_id": 101,
    "coverage_year": 2020,
    "amount_fen": 25000,
    "voucher_no": "3504262019120200000010",
    "applied_at": "2019-12-02T09:00:00+08:00",
    "applied_by": "chen.officer",
}
VOUCHER: JsonDict = {
    "voucher_no": "3504262019112000000178",
    "code": "K3QD-7RXA",
    "state": "issued",
    "county": "youxi",
    "coverage_year": 2020,
    "division_code": "350426101203",
    "person_id": 101,
    "masked_name": "林**",
    "masked_id": "350426********2246",
    "window": "main",
    "price_fen": 25000,
    "own_fen": 25000,
    "add_on_fen": 0,
    "amount_fen": 25000,
    "subsidies": [],
    "channel": "tax",
    "transaction_no": "T20191120000001",
    "payment_id": 7001,
    "line_no": 1,
    "paid_at": "2019-11-20T10:00:00+08:00",
    "issued_at": "2019-11-20T10:00:05+08:00",
    "receipt_no": None,
    "voided_at": None,
    "void_reason": None,
}
VERDICT: JsonDict = {
    "genuine": True,
    "valid": True,
    "state": "issued",
    "county": "youxi",
    "coverage_year": 2020,
    "masked_name": "林**",
    "amount_fen": 25000,
    "paid_at": "2019-11-20T10:00:00+08:00",
}
