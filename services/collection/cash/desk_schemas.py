"""What somebody owes, as whoever takes the money at a collector is told."""

from typing import Literal

from pydantic import Field

from libs.common.web.schemas import Answer
from services.collection.cash import examples
from services.collection.dues.schemas import PaidWith, Sentence, TierPrice
from services.collection.examples import shown

#: One number for each person, or for the whole receipt.
PaperPer = Literal["person", "receipt"]


class DeskDue(Answer):
    """What somebody owes as a collector is about to take it, and the numbered paper that goes with it."""

    model_config = shown(examples.DESK_DUE)

    collector_id: int
    person_id: int
    masked_name: str | None
    division_code: str
    payable_fen: int = Field(description="what paying now would cost; 0 when nothing can be paid")
    tiers: list[TierPrice] = Field(description="what may be chosen, while none is")
    takes_cash: bool
    paper: PaperPer | None = Field(description="null: no number of paper is asked for")
    standing: Sentence | None
    closed: Sentence | None
    payment: PaidWith | None = Field(description="the payment that counts, and the voucher that says so")
    waits: bool = Field(description="money arrived for the person already: take none")
