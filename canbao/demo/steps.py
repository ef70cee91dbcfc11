"""The steps that the demo writes: lines of a scenario file (docs/replay.md)."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

#: One line of the file.
Step = Mapping[str, object]


class Item(TypedDict):
    """Money for one person."""

    id_number: str
    name: str
    amount_fen: int


class Notification(TypedDict):
    """What a channel tells of a payment."""

    transaction_no: str
    paid_at: str
    amount_fen: int
    county: str
    coverage_year: int
    items: list[Item]


class Callback(TypedDict):
    """A channel tells of a payment."""

    at: str
    do: str
    channel: str
    data: Notification
    copies: NotRequired[int]
    forged: NotRequired[bool]
    expect: NotRequired[int]


class Card(TypedDict):
    """A social-security card."""

    id_number: str
    account_no: str
    bank: str
    holder: str


class Listed(TypedDict):
    """A row of a roster."""

    id_number: str
    name: str
    effective_on: str
