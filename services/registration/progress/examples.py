"""What progress looks like, for the OpenAPI document."""

from services.registration.examples import Example

_SHARE: Example = {"part": 29000, "whole": 30224, "percent": "95.95", "missing": None}
_FIGURES: Example = {
    "registered": 30010,
    "assessed": 30010,
    "paid": 27200,
    "exempt": 1800,
    "ended": 12,
    "refunded": 3,
    "elsewhere": 410,
    "refusing": 25,
    "task": 30224,
    "population": 57645,
    "employees": None,
    "to_insure": None,
    "own_fen": 680000000,
    "help": [
        {
            "payer": "medical_assistance_fund",
            "name": {"zh": "医疗救助基金", "en": "medical assistance fund"},
            "amount_fen": 45000000,
        }
    ],
    "completion": _SHARE,
    "entry_accuracy": {"part": 30001, "whole": 30010, "percent": "99.97", "missing": None},
    "goals": [
        {
            **_SHARE,
            "goal": "task-completed",
            "clause": "一(一)；八(一)",
            "label": {"zh": "100%完成参保任务（含财政代缴人员）", "en": "complete the task"},
            "measure": "task_completion",
            "base": {"zh": "附件2任务数", "en": "the tasks of annex 2"},
            "required_percent": 100,
            "strict": False,
            "met": False,
        }
    ],
    "statuses": [],
    "change": None,
}
PROGRESS: Example = {
    "county": "youxi",
    "coverage_year": 2020,
    "as_of": "2019-11-30T23:59:59+08:00",
    "snapshot_id": None,
    "stated_task": 388800,
    "computed_task": 388800,
    "stated_population": 452184,
    "computed_population": 452184,
    "total": _FIGURES,
    "units": [
        {
            **_FIGURES,
            "division_code": "350426100000",
            "name": {"zh": "城关镇", "en": "Chengguan Town"},
            "rank": 4,
        }
    ],
    "cannot_tell": [],
}
FIGURE: Example = {
    "division_code": "431122000000",
    "kind": "population",
    "value": 540000,
    "dated_on": "2018-12-31",
    "source": "2018年统计公报",
    "entered_by": "bureau-1",
    "entered_at": "2019-09-20T10:00:00+08:00",
}
NEW_FIGURES: Example = {
    "county": "dongan",
    "coverage_year": 2020,
    "figures": [
        {
            "division_code": "431122000000",
            "kind": "population",
            "value": 540000,
            "dated_on": "2018-12-31",
            "source": "2018年统计公报",
        }
    ],
}
NEW_SNAPSHOT: Example = {
    "county": "youxi",
    "coverage_year": 2020,
    "as_of": "2019-12-31T23:59:59+08:00",
}
SNAPSHOT: Example = {
    "snapshot_id": 3,
    "as_of": "2019-12-31T23:59:59+08:00",
    "kept_by": "bureau-1",
    "kept_at": "2020-01-01T08:30:00+08:00",
}
NAMED_DATE: Example = {
    "as_of": "2019-12-31T23:59:59+08:00",
    "clauses": ["一(二)", "四(一)"],
    "passed": True,
    "snapshot_id": 3,
}
DAYS: Example = {
    "county": "youxi",
    "coverage_year": 2020,
    "as_of": "2019-11-20T10:00:00+08:00",
    "division_code": "350426101000",
    "from_on": "2019-09-01",
    "to_on": "2019-12-25",
    "target": 30224,
    "items": [
        {"on": "2019-09-02", "completed": 310, "complete": 310},
        {"on": "2019-09-03", "completed": 295, "complete": 605},
    ],
}
