"""What is answered about the way of the money."""

from datetime import date

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from libs.common.web.schemas import Answer

_WAITS: JsonDict = {
    "account": "clearing:tax",
    "title": "With the payment channel",
    "title_zh": "渠道在途资金",
    "balance_fen": 25000,
    "oldest_on": "2019-12-02",
    "age_days": 4,
}
_STEP: JsonDict = {
    "clause": "六(一)",
    "label": "collection into the treasury",
    "label_zh": "征缴入库",
    "from_account": "payer",
    "from_label": "payers",
    "from_label_zh": "缴费人",
    "to_account": "treasury",
    "to_label": "treasury at the People's Bank",
    "to_label_zh": "中国人民银行国库",
    "department": "tax",
    "department_label": "tax bureau",
    "department_label_zh": "县税务局",
    "kinds": ["channel_settlement", "treasury_receipt"],
    "waiting_fen": 25000,
    "oldest_on": "2019-12-02",
    "age_days": 4,
    "accounts": [_WAITS],
}


class Waiting(Answer):
    """Money on one account of the ledger. What came first leaves first."""

    account: str
    title: str
    title_zh: str
    balance_fen: int
    oldest_on: date | None = Field(description="since when the oldest of it lies there")
    age_days: int | None


class Step(Answer):
    """One step of the notice: from where to where, whose it is, and what waits for it."""

    clause: str
    label: str
    label_zh: str
    from_account: str = Field(description="as the notice names it; `payer` and `departments` are outside")
    from_label: str
    from_label_zh: str
    to_account: str
    to_label: str
    to_label_zh: str
    department: str
    department_label: str
    department_label_zh: str
    kinds: list[str] = Field(description="the kinds of movements of which it is made; none: not moved here")
    waiting_fen: int
    oldest_on: date | None
    age_days: int | None
    accounts: list[Waiting]


class MoneyPath(Answer):
    """The way of the money of a notice, with what waits at each step, and what lies where no step begins."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "county": "youxi",
                    "coverage_year": 2020,
                    "as_of": "2019-12-06",
                    "steps": [_STEP],
                    "at_rest": [],
                }
            ]
        }
    )

    county: str
    coverage_year: int
    as_of: date
    steps: list[Step]
    at_rest: list[Waiting] = Field(description="at places from which the notice leads no further")
