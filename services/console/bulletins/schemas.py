"""What the pages of bulletins read of the APIs' answers; members that no page shows are passed over."""

from datetime import date, datetime

from pydantic import BaseModel

from services.console.worklists.county_schemas import Words


class Due(BaseModel):
    """A report that the notice asks for, about a period; without a day it has none."""

    kind: str
    label: Words
    clause: str
    by: Words
    period_to: date | None
    due_at: datetime | None
    state: str
    bulletin_id: int | None


class DueReports(BaseModel):
    """Such reports, by when they are due."""

    items: list[Due]


class Line(BaseModel):
    """A township or village in a bulletin, or all together."""

    division_code: str
    name: str
    rank: int | None
    task: int | None
    enrolled: int | None
    percent: str | None
    more: int | None
    paid: int | None
    exempt: int | None
    own_fen: int | None
    help_fen: int | None
    missed: list[str]


class Goal(BaseModel):
    """A goal of the notice, and how the county stands against it."""

    label: str
    required: str
    reached: str | None
    part: int | None
    whole: int | None
    met: bool | None


class Bulletin(BaseModel):
    """A bulletin with its figures."""

    bulletin_id: int
    county: str
    coverage_year: int
    label: Words
    number: int | None
    state: str
    as_of: datetime
    period_to: date
    title: str
    lead: str
    drafted_by: str
    drafted_at: datetime
    signed_by: str | None
    signed_at: datetime | None
    document_no: str
    clause: str
    total: Line
    lines: list[Line]
    goals: list[Goal]
    note: str | None
    untold: list[str]


class Drafted(BaseModel):
    """The bulletin that was drafted."""

    bulletin_id: int
