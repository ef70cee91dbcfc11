"""What is asked and answered about what is exchanged with a collector and the bureau."""

from typing import Self

from pydantic import Field, JsonValue, model_validator
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from libs.common.web.schemas import Answer, Body, CountyCode, CoverageYear, Instant, Page
from services.collection.examples import listed, shown
from services.collection.exchange.rules import KINDS, Kind, Party, RowState

_BATCH: JsonDict = {
    "batch_id": 12,
    "county": "youxi",
    "coverage_year": 2020,
    "party": "collector",
    "kind": "due",
    "batch_no": 2,
    "profile": "exchange-csv",
    "row_count": 1,
    "total_fen": 7000,
    "accepted": 0,
    "refused": 1,
    "made_at": "2019-11-20T18:00:00+08:00",
    "made_by": "bureau-officer",
}
_ROW: JsonDict = {
    "row_no": 1,
    "number": "L0000001042",
    "person_id": 42,
    "payment_id": None,
    "line_no": None,
    "amount_fen": 7000,
    "content": {
        "person_no": "42",
        "coverage_year": 2020,
        "division_code": "350426101203",
        "masked_name": "林**",
        "number_ends": "26",
        "state": "owed",
        "tier": None,
        "amount_fen": 7000,
        "pay_from": "2019-08-26T00:00:00+08:00",
        "pay_until": "2020-01-01T00:00:00+08:00",
        "basis": "regular",
    },
    "state": "refused",
    "code": "101",
    "words": "人员编号不存在",
    "answered_at": "2019-11-21T09:00:00+08:00",
}
_TAKEN: JsonDict = {"batch_id": 12, "accepted": 0, "refused": 1, "contradictions": 0, "repeated": False}


class NewExchangeBatch(Body):
    """For which party what changed since it was told last is to be sent, in which layout."""

    model_config = shown(
        {
            "county": "youxi",
            "coverage_year": 2020,
            "party": "collector",
            "kind": "due",
            "profile": "exchange-csv",
        }
    )

    county: CountyCode
    coverage_year: CoverageYear
    party: Party
    kind: Kind
    profile: str = Field(
        default="exchange-csv", pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", description="the layout"
    )

    @model_validator(mode="after")
    def _goes_to_the_party(self) -> Self:
        if self.kind not in KINDS[self.party]:
            known = KINDS[self.party]
            raise PydanticCustomError(
                "kind_of_another_party",
                "To this party go: {known}.",
                {"known": ", ".join(known), "message_zh": f"报送该方的类别为：{'、'.join(known)}。"},
            )
        return self


class ExchangeBatch(Answer):
    """What was sent together. `batch_no` counts by county and party; what nobody answered is neither
    accepted nor refused.
    """

    model_config = shown(_BATCH)

    batch_id: int
    county: str
    coverage_year: int
    party: Party
    kind: Kind
    batch_no: int
    profile: str
    row_count: int
    total_fen: int
    accepted: int
    refused: int
    made_at: Instant
    made_by: str


class ExchangeBatches(Page[ExchangeBatch]):
    """Batches in the order in which they were made."""

    model_config = shown(listed(_BATCH))


class ExchangeRow(Answer):
    """A row of a batch: all that was told of it, in one form for all layouts, and the party's word.

    `number` is ours, of the thing: sent anew it is the same.
    """

    model_config = shown(_ROW)

    row_no: int
    number: str
    person_id: int | None
    payment_id: int | None
    line_no: int | None
    amount_fen: int
    content: dict[str, JsonValue]
    state: RowState
    code: str | None
    words: str | None
    answered_at: Instant | None


class ExchangeRows(Page[ExchangeRow]):
    """Rows of a batch in their order."""

    model_config = shown(listed(_ROW))


class TakenAnswers(Answer):
    """What an answer said that was not said before. `repeated`: the same file was taken in before.

    `contradictions` are rows of which something else was said before: each is a case, the others count.
    """

    model_config = shown(_TAKEN)

    batch_id: int
    accepted: int
    refused: int
    contradictions: int
    repeated: bool = False
