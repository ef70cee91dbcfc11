"""Money that a collector took, as it is stored for the matcher: as a channel would have said it, and more.

A receipt may say which lapsed years somebody's part repairs. No channel can say so of people it names, only
of an order: the type of the message is one that is taken from nobody.
"""

from typing import Literal

import orjson
from pydantic import BaseModel, Field

from services.collection.channels.generic import Fen, NotifiedItem, NotifiedPayment
from services.collection.channels.own_types import is_of
from services.collection.channels.port import ReportedItem, ReportedPayment

TYPE = "payment.taken_by_hand"


class RepairPart(NotifiedItem):
    """The part of one person, `repair_fen` of which repair `repaired_years` in equal parts."""

    repaired_years: tuple[int, ...] = Field(min_length=1)
    repair_fen: Fen


class TakenPayment(NotifiedPayment):
    """Money by which somebody repairs years."""

    items: tuple[RepairPart | NotifiedItem, ...]


class _Taken(BaseModel):
    type: Literal["payment.taken_by_hand"]
    data: TakenPayment


def is_taken_by_hand(raw: bytes) -> bool:
    """Whether this was stored for a receipt that repairs years."""
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


def _reported(one: NotifiedItem) -> ReportedItem:
    if isinstance(one, RepairPart):
        return ReportedItem(one.id_number, one.name, one.amount_fen, one.repaired_years, one.repair_fen)
    return ReportedItem(one.id_number, one.name, one.amount_fen)
