"""What a row of a list of cards is, and what became of a list."""

from typing import Annotated, Literal

from fastapi import Query
from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    JsonValue,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import PydanticKnownError

from libs.common.bank_files.accounts import account_number, file_text, holder_text
from libs.common.identity import Document, identify
from libs.common.web.schemas import Answer, Body, CountyCode, Instant, Page, Text

ROW: dict[str, JsonValue] = {
    "id_number": "11010519491231002X",
    "account_no": "6221550000000000018",
    "bank": "尤溪农商银行",
    "holder": "张三",
}


def _document(value: object, info: ValidationInfo) -> Document:
    if not isinstance(value, str):
        raise PydanticKnownError("string_type")
    return identify(value, info.context)  # type: ignore[arg-type]  # the day on which the list is read


#: Of a list of cards.
DryRun = Annotated[bool, Query(description="say what would become of it, and keep nothing")]
_FILE_TEXT = {"type": "string", "minLength": 1, "maxLength": 60}


class CardRow(Body):
    """A social-security card: whose it is, and the account as the bank has it.

    Validated with the day on which it is read as context.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [ROW]})

    id_number: Annotated[
        Document,
        PlainValidator(_document),
        WithJsonSchema({"type": "string", "description": "Identity number of the card's owner."}),
    ]
    account_no: Annotated[str, AfterValidator(account_number)] = Field(
        description="8 to 32 digits; blanks are dropped, the check digit only warns."
    )
    bank: Annotated[str, AfterValidator(file_text), WithJsonSchema(_FILE_TEXT)]
    holder: Annotated[
        str,
        AfterValidator(holder_text),
        WithJsonSchema(_FILE_TEXT | {"description": "Name of the account as the bank has it."}),
    ]


class RejectedRow(Answer):
    """A row that was not kept, and why (problem details). `index` is its place; of a file, its line."""

    index: int
    problem: dict[str, JsonValue]


class WarnedRow(Answer):
    """A row that was kept although something is odd about it.

    `luhn`: its account fails the Luhn check, and many accounts are not cards. `holder_differs`: the holder is
    not the person; no money goes there until two persons accept it.
    """

    index: int
    warning: Literal["luhn", "holder_differs"]


class CardsAnswer(Answer):
    """What became of a list of cards.

    `waiting_for_person` cards are kept until somebody with that number is assessed.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "dry_run": False,
                    "accepted": 2,
                    "unchanged": 0,
                    "waiting_for_person": 1,
                    "payouts_ready": 1,
                    "rejected": [],
                    "warnings": [{"index": 1, "warning": "luhn"}],
                }
            ]
        }
    )

    dry_run: bool
    accepted: int
    unchanged: int
    waiting_for_person: int
    payouts_ready: int
    rejected: list[RejectedRow]
    warnings: list[WarnedRow]


UnitCode = Annotated[
    Text,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{1,19}$",
        description="as registration has it (`GET /v1/units`)",
        examples=["SM-ZZ-01"],
    ),
]


class UnitAccount(Body):
    """The account of a unit (a school, say), to which goes back what it paid for its people."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "county": "songming",
                    "unit_code": "SM-ZZ-01",
                    "account_no": "2419200000000018",
                    "bank": "嵩明农业银行",
                    "holder": "嵩明县职业中学",
                }
            ]
        }
    )

    county: CountyCode
    unit_code: UnitCode
    account_no: Annotated[str, AfterValidator(account_number)] = Field(description="8 to 32 digits")
    bank: Annotated[Text, AfterValidator(file_text), WithJsonSchema(_FILE_TEXT)]
    holder: Annotated[Text, AfterValidator(holder_text), WithJsonSchema(_FILE_TEXT)]


class UnitAccountKept(Answer):
    """What the account changed: whether it is new, and how many payouts of the unit are ready by it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"new": True, "payouts_ready": 1}]})

    new: bool
    payouts_ready: int


class UnitAccountShown(Answer):
    """The account of a unit that is on record, masked, and who recorded it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "account_masked": "************0018",
                    "bank": "嵩明农业银行",
                    "holder": "嵩明县职业中学",
                    "registered_at": "2017-11-20T10:00:00+08:00",
                    "registered_by": "officer",
                }
            ]
        }
    )

    account_masked: str
    bank: str
    holder: str
    registered_at: Instant
    registered_by: str


class UnitAccounts(Page[UnitAccountShown]):
    """The one that money goes to now, or none; one page."""
