"""What is asked and shown of bulletins."""

from datetime import date
from typing import Literal

from pydantic import Field

from libs.common.web.schemas import (
    Answer,
    Body,
    CountyCode,
    CoverageYear,
    FreeText,
    GivenDay,
    Instant,
    Page,
    Text,
)
from services.registration.bulletins import examples
from services.registration.bulletins.rules import State
from services.registration.examples import asked, shown
from services.registration.progress.schemas import Words

DueState = Literal["ahead", "due", "overdue", "drafted", "signed", "any_time", "elsewhere"]


class DueReport(Answer):
    """A report that the notice asks for, about a period; one with no days (`regular`) has none."""

    kind: str
    label: Words
    clause: str
    by: Words
    to: Words | None
    cadence: str
    about: Literal["progress", "vouchers"]
    period_to: date | None
    due_at: Instant | None = Field(description="when its period has ended")
    state: DueState = Field(
        description="overdue when a day more has passed; reports of voucher paper are made in collection"
    )
    bulletin_id: int | None


class DueReports(Page[DueReport]):
    """What the notice asks for, by when it is due."""

    model_config = shown({"items": [examples.DUE], "next_after": None})


class NewBulletin(Body):
    """Which bulletin is to be drafted: a report of the notice, and the last day of its period."""

    model_config = asked(examples.NEW)

    county: CountyCode
    coverage_year: CoverageYear
    kind: Text = Field(min_length=1, max_length=60)
    period_to: GivenDay


class BulletinOut(Answer):
    """A bulletin; `number` once it is signed."""

    model_config = shown(examples.BULLETIN)

    bulletin_id: int
    county: str
    coverage_year: int
    kind: str
    label: Words
    number: int | None
    state: State
    as_of: Instant
    period_to: date
    title: str
    lead: str
    approval_id: int
    drafted_by: str
    drafted_at: Instant
    signed_by: str | None = Field(description="who signed it, or refused")
    signed_at: Instant | None


class BulletinLine(Answer):
    """A township or village in a bulletin, or the county together; null: it is not said, or nobody knows it.

    `percent` is as the bulletin has it, such as `80.19%`; `more` is beyond the bulletin before.
    """

    division_code: str
    name: str
    rank: int | None
    task: int | None
    enrolled: int | None
    percent: str | None
    registered: int | None
    paid: int | None
    exempt: int | None
    refunded: int | None
    elsewhere: int | None
    refusing: int | None
    more: int | None
    own_fen: int | None
    help_fen: int | None
    missed: list[str] = Field(description="goals of the notice that it has not reached")


class BulletinGoal(Answer):
    """A goal of the notice, and how the whole county stands against it."""

    label: str
    required: str
    reached: str | None
    part: int | None
    whole: int | None
    met: bool | None


class BulletinWhole(BulletinOut):
    """A bulletin with its figures, as they were frozen when it was drafted."""

    model_config = shown(examples.WHOLE)

    document_no: str
    clause: str
    total: BulletinLine
    lines: list[BulletinLine] = Field(description="in the order of the bulletin")
    goals: list[BulletinGoal]
    note: str | None = Field(description="what whoever signed or refused noted; told in the county alone")
    untold: list[str] = Field(description="what the figures leave out, in the words of the bulletin")


class BulletinPage(Page[BulletinOut]):
    """Bulletins of a season, in the order in which they were drafted."""

    model_config = shown({"items": [examples.BULLETIN], "next_after": None})


class Signature(Body):
    """What the second person notes for the record."""

    model_config = asked({"note": "同意印发"})

    note: FreeText | None = Field(default=None, max_length=500)
