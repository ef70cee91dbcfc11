"""What is sent where the example of the document does not fit what was played."""

from typing import Any

from libs.common.clock import SystemClock, business_date

#: The unit of the demo, in youxi A.
UNIT = "UNIT-1"
#: Nothing is sent there: nobody runs the workers.
URL = "https://8.8.8.8/canbao"

_SEASON: dict[str, Any] = {"county": "youxi", "coverage_year": 2020}
BODIES: dict[tuple[str, str], Any] = {
    ("post", "/v1/households:batch"): [
        {
            "household_no": "N1",
            "division_code": "",
            "head": "",
            "members": [{"name": "", "documents": [{"type": "resident_id", "number": ""}]}],
        }
    ],
    ("post", "/v1/surveys/answers"): _SEASON
    | {"answers": [{"answer": "insure", "person_id": 0, "said_by": "户主本人"}]},
    ("post", "/v1/chases/steps"): _SEASON
    | {"steps": [{"kind": "contact", "means": "visit", "outcome": "promised", "person_id": 0}]},
    ("post", "/v1/units"): _SEASON
    | {"code": "UNIT-2", "division_code": "", "name": "驻尤武警二中队", "rule": "armed-police"},
    ("post", "/v1/enrollments/{enrollment_id}/cancel"): {"reason": "已外出参保"},
    ("post", "/v1/unassessed:retry"): _SEASON,
    ("post", "/v1/progress/figures"): _SEASON
    | {
        "figures": [
            {
                "dated_on": "2018-12-31",
                "division_code": "@township",
                "kind": "population",
                "source": "公报",
                "value": 9,
            }
        ]
    },
    ("post", "/v1/scores/entries"): _SEASON
    | {
        "division_code": "@township",
        "kind": "budget",
        "amount_fen": 100,
        "happened_on": "2020-01-06",
        "evidence": "县财政预算表",
    },
    ("post", "/v1/rosters"): _SEASON
    | {
        "department": "civil_affairs",
        "listed_on": business_date(SystemClock().now()).isoformat(),
        "mode": "add",
        "rows": [{"effective_on": "2019-12-01", "id_number": "", "name": ""}],
        "status": "medical_assistance_1",
    },
    ("post", "/v1/refunds"): {"line_no": 1, "payment_id": 0, "reason": "moved_to_employee_insurance"},
    ("post", "/v1/channel-queries"): {"channel": "wechat", "transaction_no": "X1", "county": "youxi"},
    ("post", "/v1/subscriptions"): {
        "county": "youxi",
        "note": "试",
        "url": URL,
        "division_code": "@township",
    },
    ("patch", "/v1/subscriptions/{subscription_id}"): {"url": f"{URL}/new"},
}
_ROWS = "证件号码,姓名,金额,收款时间\r\n{id_number},{name},280,2020-11-20 10:00:00\r\n"
_LIST = "姓名,证件号码\r\n{name},{id_number}\r\n"
#: Members of forms; `text` is what the file says.
FILES: dict[str, dict[str, Any]] = {
    "/v1/imports": {"kind": "households", "text": "户号\r\n"},
    "/v1/cash-receipts/files": {"text": _ROWS},
    "/v1/village-batches/files": {"text": _ROWS},
    "/v1/unit-lists/files": {"text": _LIST, "dry_run": "true"},
    "/v1/cards/file": {
        "text": "证件号码,社保卡账号,开户银行,户名\r\n{id_number},6217001234567890127,农商银行,{name}\r\n"
    },
    "/v1/help-lists/files": {"arrival_id": 1, "helper": "村集体", "text": _LIST},
    "/v1/channel-files": {"channel": "tax", "kind": "tax_table", "business_on": "2019-12-20", "text": "-"},
    "/v1/cash-deposits/{deposit_id}/photos": {"text": "-"},
}
#: Of the paths of each county's records, and what lists cannot be asked without.
PATHS: dict[str, dict[str, Any]] = {
    "youxi": {
        "month": "2019-12", "deadline_id": "main", "party": "tax", "channel": "wechat", "day": "2020-01-02",
        "voucher": "tax_triplicate", "paid_from": "2019-11-01", "paid_to": "2019-11-30",
        "up_to": "2019-12-31", "kind": "households", "profile": "generic",
    },
    "huining": {
        "month": "2020-11", "deadline_id": "monthly-2020-09", "party": "tax", "channel": "wechat",
        "day": "2020-11-20", "voucher": "tax_triplicate", "paid_from": "2020-11-01", "paid_to": "2020-11-30",
        "up_to": "2020-11-30", "kind": "households", "profile": "generic",
    },
}  # fmt: skip
#: What lists are asked for beside that.
ASKED_FOR: dict[str, tuple[str, ...]] = {
    "/v1/payments": ("person_id",),
    "/v1/certificates": ("person_id",),
    "/v1/surveys/answers": ("person_id",),
    "/v1/chases/steps": ("person_id",),
    "/v1/unit-receipts": ("unit_code",),
}
#: The demo made them for everywhere: they are of no county alone.
OF_EVERYWHERE = ("/v1/payout-batches/",)
