"""What collectors and their money look like, for the OpenAPI document. Everybody in it is made up."""

from pydantic.config import JsonDict

COLLECTOR: JsonDict = {
    "collector_id": 12,
    "county": "huining",
    "division_code": "620422101201",
    "channel": "cadre",
    "title": "南关村收缴点",
}
RECEIPT: JsonDict = {
    "receipt_id": 31,
    "collector_id": 12,
    "county": "huining",
    "coverage_year": 2021,
    "division_code": "620422101201",
    "instrument": "cash",
    "reference": None,
    "people": 1,
    "amount_fen": 28000,
    "returned_fen": 0,
    "paid_at": "2020-11-20T16:40:00+08:00",
    "due_on": "2020-11-20",
    "due_year_unknown": None,
    "entered_at": "2020-11-20T16:41:00+08:00",
    "entered_by": "agent-7",
    "state": "passed",
    "held_for": None,
    "payment_id": 9001,
    "deposit_id": None,
    "batch_id": None,
    "order_no": None,
    "voucher_nos": ["00120001"],
}
POSITION: JsonDict = {
    "collector_id": 12,
    "coverage_year": 2021,
    "in_hand_fen": 56000,
    "held_fen": 0,
    "receipts": 2,
    "oldest_paid_at": "2020-11-20T16:40:00+08:00",
    "next_due_on": "2020-11-20",
    "due_today_fen": 28000,
    "overdue_fen": 0,
    "waits_for_review": False,
    "due_year_unknown": None,
    "missing_fen": 0,
}
DESK_DUE: JsonDict = {
    "collector_id": 12,
    "person_id": 101,
    "masked_name": "马**",
    "division_code": "620422101201",
    "payable_fen": 28000,
    "tiers": [],
    "takes_cash": True,
    "paper": "person",
    "standing": {
        "zh": "尚未缴费，应缴 280 元，2020-12-25 23:59 前有效。",
        "en": "Not paid yet: 280 yuan, until 2020-12-25 23:59.",
    },
    "closed": None,
    "payment": None,
    "waits": False,
}
