"""What pages of units read of the APIs' answers; members that no page shows are passed over."""

from datetime import datetime

from pydantic import BaseModel

from services.console.apis.rules import FieldFault


class Unit(BaseModel):
    """A unit, and how far it is."""

    unit_id: int
    county: str
    coverage_year: int
    code: str
    name: str
    clause: str
    division_code: str
    closes_at: datetime | None
    channels: list[str]
    version_no: int
    listed: int
    registered: int
    paid: int
    exempt: int
    late: int
    on_two_lists: int
    paid_before: int

    @property
    def unpaid(self) -> int:
        """Of those listed, who is registered, has not paid and is not exempt."""
        return self.registered - self.paid - self.exempt


class Units(BaseModel):
    """Units of a season."""

    items: list[Unit]
    next_after: str | None


class OnList(BaseModel):
    """Somebody on the list of a unit."""

    line: int
    masked_name: str
    state: str | None
    own_due_fen: int | None
    paid_fen: int | None
    listed_at: datetime
    troubles: list[str]


class OnLists(BaseModel):
    """Who is on the list of a unit."""

    items: list[OnList]
    next_after: str | None


class Said(BaseModel):
    """A sentence in both languages."""

    zh: str
    en: str


class Problem(BaseModel):
    """What is wrong, and how it is mended."""

    title: str = ""
    title_zh: str = ""
    detail: str = ""
    detail_zh: str = ""
    errors: list[FieldFault] = []
    #: Where people go who came too late.
    instead: Said | None = None
    first_line: int | None = None


class TakenLine(BaseModel):
    """What became of a line."""

    line: int
    place: str | None
    result: str
    own_due_fen: int | None
    paid_fen: int | None
    clauses: list[str]
    troubles: list[str]
    problem: Problem | None


class LeftOff(BaseModel):
    """Somebody of the list before who is not on this one."""

    line: int


class TakenList(BaseModel):
    """What became of a list."""

    dry_run: bool
    version_no: int
    added: int
    kept: int
    left_out: list[LeftOff]
    refused: int
    late: int
    own_due_fen: int
    unread: list[Problem]
    lines: list[TakenLine]


class ListedOrder(BaseModel):
    """An order that the unit made."""

    order_no: str
    state: str
    channel: str
    amount_fen: int
    people: int
    created_at: datetime


class ListedOrders(BaseModel):
    """Such orders, the newest first."""

    items: list[ListedOrder]
    next_after: str | None


class OrderItem(BaseModel):
    """Somebody in an order."""

    masked_name: str | None
    coverage_year: int
    amount_fen: int
    line_state: str | None
    voucher_no: str | None


class LeftOut(BaseModel):
    """Somebody for whom the unit cannot pay now, and why."""

    line: int
    why: Said


class Order(BaseModel):
    """An order; `left_out` is told when it is made."""

    order_no: str
    state: str
    channel: str
    amount_fen: int
    created_at: datetime
    expires_at: datetime
    paid_at: datetime | None
    items: list[OrderItem]
    left_out: list[LeftOut] = []


class Receipt(BaseModel):
    """A receipt of the unit."""

    certificate_no: str
    paid_fen: int
    issued_at: datetime


class Receipts(BaseModel):
    """Such receipts."""

    items: list[Receipt]


class KnownAccount(BaseModel):
    """The account of a unit that is on record."""

    account_masked: str
    bank: str
    holder: str


class KnownAccounts(BaseModel):
    """That one, or none."""

    items: list[KnownAccount]


class KeptAccount(BaseModel):
    """What recording an account changed."""

    new: bool
