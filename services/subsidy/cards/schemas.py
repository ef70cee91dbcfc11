"""What is asked and answered about cards."""

from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo, field_validator

from libs.common.identity import identify
from libs.common.web.schemas import Answer, Body
from services.subsidy.cards.rules import account_number, bank_text, holder_text


class CardGiven(Body):
    """A row of a list: whose card, and the account behind it. Validate with `context={"today": ...}`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id_number": "350426198006150025",
                    "account_no": "6221550000000000018",
                    "bank": "尤溪农商银行",
                    "holder": "林小明",
                }
            ]
        }
    )

    id_number: str = Field(description="Identity number of the card's owner.")
    account_no: Annotated[str, AfterValidator(account_number)] = Field(
        description="8 to 32 digits; blanks are dropped, the check digit only warns."
    )
    bank: Annotated[str, AfterValidator(bank_text)] = Field(description="At most 60 characters.")
    holder: Annotated[str, AfterValidator(holder_text)] = Field(
        description="Name of the account as the bank has it, at most 60 characters."
    )

    @field_validator("id_number")
    @classmethod
    def _possible(cls, number: str, info: ValidationInfo) -> str:
        assert info.context is not None, "the day decides who can have been born"
        identify(number, info.context["today"])
        return number


class RejectedRow(Answer):
    """A row that was not kept, and why (problem details)."""

    index: int
    problem: dict[str, object]


class CardWarning(Answer):
    """A row that was kept although its account fails the Luhn check: many accounts are not cards."""

    index: int
    warning: Literal["luhn"] = "luhn"


class CardsAnswer(Answer):
    """What became of a list of cards.

    `waiting_for_person` cards are kept until somebody with that number is assessed.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
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

    accepted: int
    unchanged: int
    waiting_for_person: int
    payouts_ready: int
    rejected: list[RejectedRow]
    warnings: list[CardWarning]
