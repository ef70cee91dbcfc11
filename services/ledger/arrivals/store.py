"""The match's money that has come, as it lies in the database."""

from dataclasses import dataclass
from datetime import datetime

from services.ledger.entries.store import Entries
from services.ledger.tables import match_arrival_reversals, match_arrivals


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMatchArrival:
    """Money of a level that somebody enters."""

    county: str
    coverage_year: int
    level: str
    reference: str
    amount_fen: int
    arrived_at: datetime
    entered_by: str
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalRow(NewMatchArrival):
    """Money of a level that has come."""

    id: int
    reversed_at: datetime | None


#: All that was entered.
ARRIVALS = Entries(match_arrivals, match_arrival_reversals, ArrivalRow, unit="level", at="arrived_at")
