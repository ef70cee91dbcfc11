"""What is shown of an assessment."""

from typing import TypeAlias

from pydantic import Field, JsonValue

from libs.common.web.schemas import Answer, Instant
from services.registration import examples
from services.registration.examples import shown

Document: TypeAlias = dict[str, JsonValue]


class LateSubsidy(Answer):
    """What a status that became known after the payment brings."""

    payer: str
    status: str
    amount_fen: int
    mechanism: str


class AssessmentOut(Answer):
    """One assessment: question, answer of the contract with its trace, and the notice that answered."""

    model_config = shown(examples.ASSESSMENT)

    assessment_id: int | None = Field(description="none for an answer that was only asked for")
    revision: int | None
    kind: str = Field(description="open (owed over the season), final (at completion), after_payment, as_of")
    cause: str | None
    assessed_at: Instant
    notice_sha256: str
    question: Document
    answer: Document
    trace: list[Document]
    late_subsidies: list[LateSubsidy] | None = None
