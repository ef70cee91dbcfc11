"""What the pages of handovers read of the APIs' answers; members that no page shows are passed over."""

from datetime import date, datetime

from pydantic import BaseModel

from services.console.handovers.rules import SECTIONS
from services.console.worklists.money_schemas import Deadline as Listed


class Deadline(Listed):
    """A deadline with its seal, where it has one."""

    cutoff_at: datetime
    sha256: str | None
    sealed_at: datetime | None
    prepared_at: datetime | None


class Deadlines(BaseModel):
    """The deadlines of a season, in the order in which they are closed."""

    items: list[Deadline]


class Figures(BaseModel):
    """People newly counted, and money of the fund."""

    head_count: int
    amount_fen: int


class PayerFigures(Figures):
    """By who bears it."""

    payer: str


class TownshipFigures(Figures):
    """By township: nine digits."""

    township: str | None


class ChannelFigures(Figures):
    """By channel."""

    channel: str | None


class Late(BaseModel):
    """What came too late for an earlier handover."""

    facts: int
    amount_fen: int


class Totals(BaseModel):
    """What a handover counts."""

    total: Figures
    by_payer: list[PayerFigures]
    by_township: list[TownshipFigures]
    by_channel: list[ChannelFigures]
    late: Late


class Sealed(BaseModel):
    """A handover that is sealed."""

    sha256: str
    previous_sha256: str | None
    sealed_at: datetime
    forced_reason: str | None
    totals: Totals


class Draft(BaseModel):
    """What it would be if it were sealed now."""

    sha256: str
    prepared_at: datetime
    trouble: str | None
    totals: Totals


class PartyState(BaseModel):
    """How the paper of a party stands."""

    party: str
    two_persons: bool
    state: str
    approval_id: int | None


class PartyStates(BaseModel):
    """Such states, in the order of the notice."""

    items: list[PartyState]


class Row(BaseModel):
    """One line of a paper."""

    key: str
    name: str
    heads: int | None
    amount_fen: int
    note: str


class Section(BaseModel):
    """What belongs together on a paper, with its sum."""

    code: str
    title: str
    rows: list[Row]
    heads: int | None
    amount_fen: int | None

    @property
    def title_en(self) -> str:
        """What the section is called in English."""
        return SECTIONS.get(self.code, self.title)


class Document(BaseModel):
    """What a party signs."""

    party: str
    party_name: str
    party_name_en: str
    does: str
    does_en: str
    clause: str
    due_on: date
    sections: list[Section]


class Entered(BaseModel):
    """What the party has of a line itself; row '' is the sum."""

    section: str
    row: str
    heads: int | None
    amount_fen: int | None


class Paper(BaseModel):
    """The paper of a party, with what it has itself."""

    state: str
    sha256: str
    made_by: str | None
    signed_by: str | None
    signed_at: datetime | None
    own: list[Entered]
    own_entered_by: str | None
    own_entered_at: datetime | None
    document: Document


class PaperSigned(BaseModel):
    """The paper is signed, or waits for the second person of its party."""

    state: str


class Verification(BaseModel):
    """A sealed handover computed again."""

    identical: bool
    sha256: str
    recomputed_sha256: str
