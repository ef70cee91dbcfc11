"""What the lists of a county's office read of the APIs' answers."""

from datetime import date, datetime

from pydantic import BaseModel


class Words(BaseModel):
    """Something in both languages."""

    zh: str
    en: str


class Rate(BaseModel):
    """A share; nothing where nobody can say it."""

    part: int | None
    whole: int | None


class Figures(BaseModel):
    """What is counted of a township, or of all together."""

    registered: int
    paid: int
    exempt: int
    task: int | None
    own_fen: int
    completion: Rate


class Unit(Figures):
    """A township."""

    division_code: str
    name: Words | None
    rank: int | None


class Progress(BaseModel):
    """How far each township is."""

    as_of: datetime
    total: Figures
    units: list[Unit]


class Bulletin(BaseModel):
    """Progress as offices hand it round."""

    bulletin_id: int
    number: int | None
    state: str
    label: Words
    period_to: date
    title: str
    lead: str
    drafted_by: str
    drafted_at: datetime
    signed_by: str | None
    signed_at: datetime | None


class Bulletins(BaseModel):
    """Bulletins."""

    items: list[Bulletin]
    next_after: str | None
