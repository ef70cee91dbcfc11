"""What the mini-program reads of the answers; members that it does not show are passed over."""

from datetime import datetime

from pydantic import BaseModel


class Sentence(BaseModel):
    """One sentence in each language, to be shown as it is."""

    zh: str
    en: str


class Tier(BaseModel):
    """What a tier costs now."""

    tier: int
    payable_fen: int


class Paid(BaseModel):
    """The payment that counts."""

    voucher_no: str


class Due(BaseModel):
    """What somebody owes."""

    person_id: int
    masked_name: str | None
    relation: str | None
    birth_year: int | None
    number_ends: str | None
    state: str
    payable_fen: int
    standing: Sentence | None
    closed: Sentence | None
    tiers: list[Tier]
    payment: Paid | None

    @property
    def may_be_paid(self) -> bool:
        """Whether an order may have this person."""
        return self.state == "open" and (self.payable_fen > 0 or any(one.payable_fen for one in self.tiers))

    def costs_fen(self, tier: int | None) -> int:
        """What is shown as the price, on this tier where one is chosen."""
        return next((one.payable_fen for one in self.tiers if one.tier == tier), self.payable_fen)


class Found(Due):
    """Who asked, and the family."""

    family: list[Due]

    @property
    def everybody(self) -> list[Due]:
        """The payer first."""
        return [self, *self.family]


class Item(BaseModel):
    """One person of an order; the voucher once it is paid."""

    person_id: int
    coverage_year: int
    masked_name: str | None
    amount_fen: int
    line_state: str | None
    voucher_no: str | None


class Order(BaseModel):
    """A payment order."""

    order_no: str
    state: str
    close_reason: str | None
    amount_fen: int
    expires_at: datetime
    items: list[Item]


class Voucher(BaseModel):
    """The paper of one person."""

    voucher_no: str
    code: str
    state: str
    coverage_year: int
    masked_name: str | None
    amount_fen: int
    paid_at: datetime


class Verdict(BaseModel):
    """Whether a voucher is genuine and stands."""

    genuine: bool
    valid: bool


class Problem(BaseModel):
    """A refusal: words for the resident in both languages, and how to mend it."""

    title: str = ""
    title_zh: str = ""
    detail: str = ""
    detail_zh: str = ""
