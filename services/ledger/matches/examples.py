"""Examples of the fiscal match for the API's document."""

from pydantic.config import JsonDict

SHARES: list[JsonDict] = [{"level": "centre", "percent": "60.00"}, {"level": "county", "percent": "40.00"}]
TERMS: JsonDict = {
    "terms_id": 1,
    "per_head_fen": 52000,
    "fixed_on": "2019-12-20",
    "document_no": "闽财社指〔2019〕88号",
    "shares": list(SHARES),
    "classes": [],
}
LEVELS: list[JsonDict] = [
    {"level": "centre", "percent": "60.00", "amount_fen": 62400, "before_fen": 0, "change_fen": 62400},
    {"level": "county", "percent": "40.00", "amount_fen": 41600, "before_fen": 0, "change_fen": 41600},
]
DOCUMENT: JsonDict = {
    "format": "canbao.match/1",
    "county": "youxi",
    "coverage_year": 2020,
    "deadline_id": "main",
    "clause": "三(二)；七(一)",
    "chain": [1],
    "standards_fen": [25000],
    "terms": TERMS,
    "heads": 2,
    "bearing_heads": 0,
    "amount_fen": 104000,
    "lines": [
        {
            "township": "350426101",
            "status": None,
            "heads": 2,
            "bearing_heads": 0,
            "amount_fen": 104000,
            "formula": "2 × 520.00 = 1,040.00",
        }
    ],
    "levels": list(LEVELS),
}
MATCH: JsonDict = {
    "match_id": 1,
    "deadline_id": "main",
    "heads": 2,
    "amount_fen": 104000,
    "change_fen": 104000,
    "sha256": "5f0c6f4bb3ef1c1d4f0b3f6f5d9f2f5a9a0c5f1f7b1f0e6f8c9d3a2b1c0d9e8f",
    "made_by": "finance-office",
    "made_at": "2020-01-04T09:00:00+08:00",
}
