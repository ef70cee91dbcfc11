"""Mandates as the API takes and shows them: an account is never shown again but masked."""

from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, JsonValue, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from libs.common.bank_files.accounts import account_number, file_text, holder_text
from libs.common.web.schemas import (
    Answer,
    Body,
    CountyCode,
    CoverageYear,
    FreeText,
    Id,
    Instant,
    Page,
    PaperNumber,
    Text,
)
from services.collection.mandates.rules import MandateEnd

_FILE_TEXT = {"type": "string", "minLength": 1, "maxLength": 60}
_NEW: dict[str, JsonValue] = {
    "county": "youxi",
    "channel": "debit-rcb",
    "agreement_no": "DK20190001",
    "holder": "林小明",
    "account_no": "6221550000000000018",
    "person_ids": [101, 102],
    "from_year": 2020,
}
_MANDATE: dict[str, JsonValue] = {
    "mandate_id": 1,
    "county": "youxi",
    "channel": "debit-rcb",
    "agreement_no": "DK20190001",
    "account_masked": "***************0018",
    "person_ids": [101, 102],
    "payer_id": None,
    "from_year": 2020,
    "most_fen": None,
    "made_at": "2019-10-08T09:00:00+08:00",
    "ended_at": None,
    "end_reason": None,
}

#: The deployment's name of a channel.
ChannelName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]


class NewMandate(Body):
    """That a bank may debit an account: for whom, from which coverage year on, and up to how much a year.

    `payer_id` means everybody of that person's household, in each year anew; else `person_ids` says who.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_NEW]})

    county: CountyCode
    channel: Annotated[ChannelName, Field(description="of the deployment: the bank that debits")]
    agreement_no: Annotated[PaperNumber, AfterValidator(file_text)] = Field(
        min_length=1, max_length=60, description="the bank's number of the agreement"
    )
    holder: Annotated[Text, AfterValidator(holder_text), WithJsonSchema(_FILE_TEXT)] = Field(
        description="Name of the account as the bank has it."
    )
    account_no: Annotated[str, AfterValidator(account_number)] = Field(
        description="8 to 32 digits; blanks are dropped"
    )
    person_ids: list[Id] | None = Field(default=None, min_length=1, max_length=50)
    payer_id: Id | None = Field(default=None, description="whose whole household it pays for")
    from_year: CoverageYear
    most_fen: int | None = Field(
        default=None, ge=1, le=10**9, strict=True, description="no more of one coverage year than this"
    )

    @model_validator(mode="after")
    def _says_for_whom(self) -> Self:
        if (self.person_ids is None) == (self.payer_id is None):
            raise PydanticCustomError(
                "for_whom",
                "Give person_ids, or payer_id for a whole household.",
                {"message_zh": "请提供 person_ids，或以 payer_id 表示为整户代扣。"},
            )
        return self


class Mandate(Answer):
    """A mandate: whom it pays for now, until it ends."""

    model_config = ConfigDict(json_schema_extra={"examples": [_MANDATE]})

    mandate_id: int
    county: str
    channel: str
    agreement_no: str
    account_masked: str
    person_ids: list[int]
    payer_id: int | None
    from_year: int
    most_fen: int | None
    made_at: Instant
    ended_at: Instant | None
    end_reason: MandateEnd | None


class Mandates(Page[Mandate]):
    """A page of mandates."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_MANDATE], "next_after": None}]})


class EndOfMandate(Body):
    """Why a mandate ends, in the words of who ends it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"note": "本人到窗口办理解约"}]})

    note: Annotated[FreeText, Field(max_length=200)] | None = None
