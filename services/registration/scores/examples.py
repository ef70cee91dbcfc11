"""What scores look like, for the OpenAPI document."""

from services.registration.examples import Example

NEW_ENTRY: Example = {
    "county": "dongan",
    "coverage_year": 2020,
    "division_code": "431122100000",
    "kind": "incident",
    "item": "2.4",
    "happened_on": "2019-11-20",
    "evidence": "县网信办舆情专报第12期：宣传不到位引发网络舆情",
}
ENTRY: Example = {
    **NEW_ENTRY,
    "entry_id": 1,
    "points": None,
    "amount_fen": None,
    "entered_by": "zhang-san",
    "entered_at": "2020-12-02T09:00:00+08:00",
    "state": "waiting",
    "decided_by": None,
    "decided_at": None,
    "approval_id": 7,
}
_LINE: Example = {
    "item": "2.1",
    "clause": "附2三(三)2.1",
    "label": {"zh": "参保率、保费收缴和管理", "en": "enrollment rate and collection"},
    "full": 40,
    "full_percent": 95,
    "counted_at": "2020-12-31T23:59:59+08:00",
    "parts": [
        {
            "measure": "enrollment_rate",
            "words": {"zh": "参保率", "en": "enrollment rate"},
            "counted_at": "2020-12-31T23:59:59+08:00",
            "percent": "97.00",
            "away": 2,
            "points": 2,
        }
    ],
    "missing": [],
    "judged": None,
    "incidents": 0,
    "entry_ids": [],
    "formula": "40 + 2 × 1 = 42",
    "points": 42,
}
_UNIT: Example = {
    "division_code": "431122100000",
    "name": {"zh": "白牙市镇", "en": "Baiyashi Town"},
    "task": 112156,
    "enrolled": 113000,
    "completion": "100.75",
    "task_met": True,
    "lines": [_LINE],
    "total": 101,
    "place": 1,
    "funds": {
        "clause": "附2四2",
        "words": {"zh": "得100分每参保1人1.00元", "en": "1.00 yuan for each enrolled person at 100 points"},
        "per_person_fen": 110,
        "budget_fen": None,
        "formula": "1.10 × 113000 = 124300.00",
        "amount_fen": 12430000,
    },
    "follows": [
        {
            "clause": "附2四1",
            "label": {"zh": "前三名且完成任务的由县政府奖励", "en": "the first three are rewarded"},
        }
    ],
    "missing": [],
}
SHEET: Example = {
    "state": "provisional",
    "sheet_id": None,
    "sha256": None,
    "as_of": "2020-12-02T09:00:00+08:00",
    "asked_by": None,
    "signed_by": None,
    "signed_at": None,
    "open": [
        {"zh": "统计截止日 2020-12-31 未到，现按当前数据暂计", "en": "2020-12-31 is ahead: counted as of now"}
    ],
    "document": {
        "county": "dongan",
        "coverage_year": 2020,
        "place": {"zh": "东安县", "en": "Dong'an County"},
        "document_no": "东政办发〔2019〕14号",
        "clause": "附2",
        "title": {"zh": "参保缴费工作绩效考核", "en": "performance score"},
        "rule": "by_score",
        "full": 100,
        "heads_at": "2020-12-02T09:00:00+08:00",
        "units": [_UNIT],
    },
}
KEPT: Example = {
    "sheet_id": 1,
    "county": "dongan",
    "coverage_year": 2020,
    "state": "waiting",
    "sha256": "9f2c",
    "asked_by": "zhang-san",
    "asked_at": "2021-01-05T09:00:00+08:00",
    "signed_by": None,
    "signed_at": None,
    "approval_id": 9,
}
