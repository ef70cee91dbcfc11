"""What the answers about notices look like, for the OpenAPI document."""

from services.registration.examples import Example

NOTICE: Example = {
    "county": "dongan",
    "coverage_year": 2020,
    "notice": "dongan/2020@7f627c416863",
    "sha256": "7f627c4168638573d2a9c831c9bf5e4883c737df63c8aed33215e732cdd1b710",
    "title": "关于做好2020年度城乡居民基本医疗保险参保缴费工作的通知",
    "document_no": "东政办发〔2019〕14号",
    "division": "431122",
    "place": "Dong'an",
    "place_zh": "东安县",
}
_WINDOWS: list[Example] = [
    {
        "id": "main",
        "kind": "main",
        "label": "main window",
        "label_zh": "集中参保缴费期",
        "clause": "四",
        "from_at": "2019-09-01T00:00:00+08:00",
        "to_at": "2019-12-31T23:59:59+08:00",
        "closed_days_of_month": [],
        "closed_days": [],
    },
    {
        "id": "newborn-28-days",
        "kind": "special",
        "label": "newborn within 28 days",
        "label_zh": "新生儿出生28天内",
        "clause": "五",
        "from_at": "2020-01-01T00:00:00+08:00",
        "to_at": "2020-12-31T23:59:59+08:00",
        "closed_days_of_month": [],
        "closed_days": [],
        "event": {
            "kind": "birth",
            "within": 28,
            "unit": "days",
            "count": "start_day_excluded",
            "complete": "payment",
        },
    },
]
_PRICE: Example = {
    "id": "own",
    "label": "own contribution in the main window",
    "label_zh": "集中缴费期个人缴费标准",
    "clause": "三",
    "windows": ["main"],
    "amounts": [
        {"name": "own", "label": "own contribution", "label_zh": "个人缴费标准", "amount_fen": 25000}
    ],
    "amount_fen": 25000,
}
_STATUS: Example = {
    "code": "registered_poor",
    "label": "registered poor",
    "label_zh": "建档立卡贫困人口",
    "clause": "六",
    "department": "poverty_office",
    "department_label": "poverty office",
    "department_label_zh": "县扶贫办",
    "per": "person",
    "classes": [{"code": "not_exited", "label": "not exited", "label_zh": "未脱贫"}],
    "event": "poverty_identified",
    "help": [
        {
            "id": "registered-poor",
            "label": "130 yuan for the registered poor",
            "label_zh": "建档立卡贫困人口财政兜底130元",
            "clause": "六",
            "classes": [],
            "grades": [],
            "not_grades": [],
            "payer": "county_finance",
            "payer_label": "finance",
            "payer_label_zh": "财政",
            "mechanism": "paid_on_behalf",
            "listed_after": "2019-10-01",
            "mechanism_after": "reimburse_to_card",
            "amount": "subsidy for the poor 130 yuan",
            "amount_zh": "贫困人口资助标准 130元",
            "amount_fen": 13000,
        }
    ],
}
_DEADLINE: Example = {
    "id": "tags",
    "label": "tags of people in hardship in place",
    "label_zh": "困难群众标识登记或变更到位",
    "clause": "六",
    "to_at": "2019-10-01T23:59:59+08:00",
    "department": "medical_insurance",
    "department_label": "medical-insurance bureau",
    "department_label_zh": "县医保局",
}
REGISTRATION: Example = {
    "id": "rural",
    "who": "rural households",
    "who_zh": "农村居民及农转城居民",
    "where": "the village, by household",
    "where_zh": "村（居）委会、村小组，以户为单位",
    "clause": "六(二)3",
    "papers": [],
    "to_at": "2019-11-10T23:59:59+08:00",
    "then": "scattered",
    "state": "open",
}
_OPEN_QUESTION: Example = {
    "id": "DA-1",
    "clause": "五",
    "problem": "from which day newborns are covered",
    "problem_zh": "新生儿从哪一天起享受待遇",
    "reading": "from birth",
    "reading_zh": "自出生之日起",
    "basis": "assumed",
    "basis_words": "not in the text",
    "basis_words_zh": "通知未写明",
    "owner": "medical_insurance",
    "owner_label": "medical-insurance bureau",
    "owner_label_zh": "县医保局",
    "decided_on": None,
}
NOTICE_DETAIL: Example = NOTICE | {
    "issued_on": "2019-10-29",
    "extends": [],
    "windows": [*_WINDOWS],
    "prices": [_PRICE],
    "statuses": [_STATUS],
    "help": [],
    "registration": [REGISTRATION],
    "deadlines": [_DEADLINE],
    "open_questions": [_OPEN_QUESTION],
    "open_parameters": ["fiscal_match_fen"],
    "parameters": [
        {
            "name": "fiscal_match_fen",
            "value": 52000,
            "set_by": "mib",
            "known_at": "2020-05-10T10:00:00+08:00",
        }
    ],
    "versions": [{"sha256": NOTICE["sha256"], "recorded_at": "2019-09-01T08:00:00+08:00"}],
}
NOTICE_WORDS: Example = {
    "county": NOTICE["county"],
    "coverage_year": NOTICE["coverage_year"],
    "notice": NOTICE["notice"],
    "sections": [
        {
            "key": "departments",
            "title": "departments",
            "title_zh": "部门职责",
            "rules": [
                {
                    "key": "tax",
                    "clause": "七",
                    "title": "tax bureau",
                    "title_zh": "县税务局",
                    "says": [
                        {"name": "role", "name_zh": "角色", "words": "collector", "words_zh": "征收"},
                        {
                            "name": "duties",
                            "name_zh": "职责",
                            "words": "audits what townships bring",
                            "words_zh": "审核入库",
                        },
                    ],
                    "questions": [],
                }
            ],
        }
    ],
    "places": [{"division_code": "350426101000", "name": "Meixian Town", "name_zh": "梅仙镇"}],
}
_ANSWERED: Example = {name: NOTICE[name] for name in ("county", "coverage_year", "notice")}
LEAFLET: Example = _ANSWERED | {
    "parts": [
        {
            "title": "How much, and when",
            "title_zh": "缴多少、什么时候缴",
            "lines": [
                {
                    "words": "main window (2019-09-01 to 2019-12-31): everybody, 250 yuan",
                    "words_zh": "集中参保缴费期（2019-09-01至2019-12-31）：每人，250元",
                }
            ],
        }
    ]
}
NOTICE_DIFFERENCES: Example = _ANSWERED | {
    "before": "dongan/2019@0123456789ab",
    "sections": [
        {
            "key": "amounts",
            "title": "amounts",
            "rules": [
                {
                    "kind": "changed",
                    "title": "own contribution",
                    "clause_before": "三",
                    "clause_after": "三",
                    "facts": [{"name": "amount", "before": "220 yuan", "after": "250 yuan"}],
                }
            ],
        }
    ],
    "sections_zh": [],
}
WORKED_CASES: Example = _ANSWERED | {
    "items": [
        {
            "name": "普通居民缴250元",
            "clause": "三",
            "question": {
                "county": "dongan",
                "year": 2020,
                "at": "2019-11-20T10:00:00+08:00",
                "person": {"born": "1980-06-15", "hukou": "county"},
            },
            "expected": {"own_due_fen": 25000},
            "outcome": "payable",
            "own_due_fen": 25000,
            "summary": "250 yuan are due.",
            "summary_zh": "应缴250元。",
            "holds": True,
            "falls_short": [],
        }
    ],
    "next_after": None,
    "fault": None,
}
