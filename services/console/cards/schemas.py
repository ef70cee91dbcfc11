"""What is read of the answers about social-security cards; members that no page shows are passed over."""

from pydantic import BaseModel

from services.console.apis.rules import FieldFault


class CardProblem(BaseModel):
    """Why a card was not taken, as the service says it."""

    type: str = ""
    title: str = ""
    title_zh: str = ""
    detail: str = ""
    detail_zh: str = ""
    errors: list[FieldFault] = []


class RejectedCard(BaseModel):
    """A card that was not taken; `index` is its line where it stood in a file."""

    index: int
    problem: CardProblem


class WarnedCard(BaseModel):
    """A card that was taken although something is odd about it."""

    index: int
    warning: str


class TakenCards(BaseModel):
    """What became of cards, or would become of them."""

    dry_run: bool
    accepted: int
    unchanged: int
    waiting_for_person: int
    payouts_ready: int
    rejected: list[RejectedCard]
    warnings: list[WarnedCard]


class KnownCard(BaseModel):
    """A card on record; one that was replaced is none any more."""

    account_masked: str
    bank: str
    holder: str
    replaced_at: str | None


class Subsidies(BaseModel):
    """What the subsidy service knows of a person."""

    cards: list[KnownCard]
