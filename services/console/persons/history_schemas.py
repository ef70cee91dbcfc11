"""What the person's page reads of the years before, and of the wait that follows from them."""

from datetime import date

from pydantic import BaseModel


class Wait(BaseModel):
    """Months until benefits begin; what was repaired has been taken off the total."""

    fixed_months: int
    variable_months: int
    repaired_months: int
    total_months: int


class Repair(BaseModel):
    """How many lapsed years could be repaired to wait less."""

    most_years: int


class RepairYear(BaseModel):
    """A lapsed year that can be repaired, and what it costs."""

    repaired_year: int
    price_fen: int


class RepairOffer(BaseModel):
    """What can be repaired now, and its last day; null while that is not known: nothing is paid yet."""

    years: list[RepairYear]
    until_on: date | None


class PersonRepair(BaseModel):
    """What collection says of repairing; null: nothing."""

    repair: RepairOffer | None


class HistoryYear(BaseModel):
    """An earlier year: whether the person was insured, null where nobody knows, and where."""

    coverage_year: int
    insured: bool | None
    place: str | None = None


class History(BaseModel):
    """The years before, as the notice counts them; `repaired_years` were paid for later."""

    words: str
    words_zh: str
    years: list[HistoryYear]
    repaired_years: list[int] = []
