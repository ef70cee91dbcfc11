"""Money that a collector took, as it is stored for the matcher: as a channel would have said it, and more.

A receipt may say which lapsed years somebody's part repairs, or name somebody by the list of the village. No
channel can say either of people it names, only of an order: the type of the message is one that is taken from
nobody.
"""

import hashlib
from typing import Literal

import orjson
from pydantic import BaseModel, Field

from services.collection.channels.generic import Fen, NotifiedItem, NotifiedPayment, digest_of_claim
from services.collection.channels.own_types import is_of
from services.collection.channels.port import ReportedItem, ReportedPayment

TYPE = "payment.taken_by_hand"


class RepairPart(NotifiedItem):
    """The part of one person, `repair_fen` of which repair `repaired_years` in equal parts."""

    repaired_years: tuple[int, ...] = Field(min_length=1)
    repair_fen: Fen


class KnownPart(BaseModel):
    """The part of somebody whom the collector named from the list, not by number."""

    person_id: int
    masked_name: str
    amount_fen: Fen


class TakenPayment(NotifiedPayment):
    """Money by which somebody repairs years, or for somebody from the list."""

    items: tuple[KnownPart | RepairPart | NotifiedItem, ...]  # type: ignore[assignment]


class _Taken(BaseModel):
    type: Literal["payment.taken_by_hand"]
    data: TakenPayment


def digest_of(said: NotifiedPayment) -> bytes:
    """Digest what is claimed; nobody names people of a list but we, so their words are always the same."""
    if any(isinstance(one, KnownPart) for one in said.items):
        return hashlib.sha256(said.model_dump_json().encode()).digest()
    return digest_of_claim(said)


def is_taken_by_hand(raw: bytes) -> bool:
    """Whether this was stored for a receipt that says more than a channel could."""
    return is_of(raw, (TYPE,))


def reported_by(raw: bytes) -> ReportedPayment:
    """Read what was stored for a receipt."""
    taken = _Taken.model_validate(orjson.loads(raw)).data
    return ReportedPayment(
        transaction_no=taken.transaction_no,
        paid_at=taken.paid_at,
        amount_fen=taken.amount_fen,
        county=taken.county,
        coverage_year=taken.coverage_year,
        items=tuple(_reported(one) for one in taken.items),
    )


def _reported(one: KnownPart | NotifiedItem) -> ReportedItem:
    if isinstance(one, KnownPart):
        return ReportedItem("", one.masked_name, one.amount_fen, person_id=one.person_id)
    if isinstance(one, RepairPart):
        return ReportedItem(one.id_number, one.name, one.amount_fen, one.repaired_years, one.repair_fen)
    return ReportedItem(one.id_number, one.name, one.amount_fen)
