"""What bulletins look like, for the OpenAPI document."""

from services.registration.examples import Example

NEW: Example = {
    "county": "huining",
    "coverage_year": 2021,
    "kind": "ten-day-bulletin",
    "period_to": "2020-11-20",
}
BULLETIN: Example = {
    "bulletin_id": 4,
    "county": "huining",
    "coverage_year": 2021,
    "kind": "ten-day-bulletin",
    "label": {"zh": "旬通报", "en": "bulletin every ten days"},
    "number": 3,
    "state": "signed",
    "as_of": "2020-11-20T23:59:59+08:00",
    "period_to": "2020-11-20",
    "title": "会宁县2021年度城乡居民基本医疗保险参保缴费进度通报（第3期）",
    "lead": "截至 2020年11月20日 23:59，已完成参保 301000 人；时间进度 80.19%，目标 97%。",
    "approval_id": 9,
    "drafted_by": "bureau-1",
    "drafted_at": "2020-11-21T08:30:00+08:00",
    "signed_by": "leader-1",
    "signed_at": "2020-11-21T10:00:00+08:00",
}
_LINE: Example = {
    "division_code": "620422100",
    "name": "会师镇",
    "rank": 1,
    "task": 32000,
    "enrolled": 31000,
    "percent": "96.87%",
    "registered": 31500,
    "paid": 29800,
    "exempt": 1200,
    "refunded": 12,
    "elsewhere": 140,
    "refusing": 35,
    "more": 410,
    "own_fen": 834400000,
    "help_fen": 33600000,
    "missed": ["参保率不低于97%"],
}
WHOLE: Example = BULLETIN | {
    "document_no": "会政办发〔2020〕82号",
    "clause": "九(五)",
    "total": _LINE | {"division_code": "", "name": "合计", "rank": None},
    "lines": [_LINE],
    "goals": [
        {
            "label": "参保率",
            "required": "97%",
            "reached": "96.87%",
            "part": 31000,
            "whole": 32000,
            "met": False,
        }
    ],
    "note": "同意印发",
    "untold": [],
}
DUE: Example = {
    "kind": "ten-day-bulletin",
    "label": {"zh": "旬通报", "en": "bulletin every ten days"},
    "clause": "九(五)",
    "by": {"zh": "县税务局", "en": "county tax bureau"},
    "to": {"zh": "各乡镇人民政府", "en": "townships"},
    "cadence": "ten_days",
    "about": "progress",
    "period_to": "2020-11-20",
    "due_at": "2020-11-21T00:00:00+08:00",
    "state": "overdue",
    "bulletin_id": None,
}
