"""What is asked and shown of progress. Nothing in it is about single persons."""

from datetime import date
from typing import Literal

from pydantic import Field

from libs.common.policy.engine.goals import Missing
from libs.common.web.schemas import (
    Answer,
    Body,
    CountyCode,
    CoverageYear,
    FreeText,
    GivenDay,
    GivenInstant,
    Instant,
    Page,
)
from services.registration.examples import asked, shown
from services.registration.progress import examples
from services.registration.progress.rules import FigureKind


class Words(Answer):
    """The same in both languages."""

    zh: str
    en: str


class HelpSum(Answer):
    """What a payer has granted and not taken back."""

    payer: str
    name: Words
    amount_fen: int


class Rate(Answer):
    """A share. `percent` has two decimals, the rest is cut off; `part` and `whole` are exact."""

    part: int | None
    whole: int | None
    percent: str | None
    missing: Missing | None = Field(description="why nobody can say it")


class GoalOut(Rate):
    """How a goal of the notice stands; `met` is null where nobody can say."""

    goal: str
    clause: str
    label: Words
    measure: str
    base: Words
    required_percent: int
    strict: bool = Field(description="more than `required_percent`, not just as much")
    met: bool | None


class StatusRate(Rate):
    """People whom rosters list with a status, and how many of them are enrolled.

    `newly` are those listed after the main window, `newly_in_month` of them enrolled in the month of listing.
    """

    status: str
    label: Words
    newly: int
    newly_in_month: int


class Change(Answer):
    """What came since the last snapshot that was kept."""

    since: Instant
    registered: int
    enrolled: int
    refunded: int
    own_fen: int


class UnitFigures(Answer):
    """What is counted of a township or village, or of all together.

    `registered` people are enrolled for the year and have not ended; of them `assessed` know what they owe,
    `paid` and `exempt` are complete. `refunded` got their money back and are not complete. `elsewhere` and
    `refusing` is what they answered last who are not complete.
    """

    registered: int
    assessed: int
    paid: int
    exempt: int
    ended: int
    refunded: int
    elsewhere: int
    refusing: int
    task: int | None
    population: int | None
    employees: int | None
    to_insure: int | None = Field(description="by the survey of the villages")
    own_fen: int
    help: list[HelpSum]
    completion: Rate
    entry_accuracy: Rate
    goals: list[GoalOut]
    statuses: list[StatusRate]
    change: Change | None


class UnitProgressOut(UnitFigures):
    """A township or village."""

    division_code: str
    name: Words | None
    rank: int | None = Field(
        description="by completion of the task, or else by the first goal that can be told"
    )


class Untold(Answer):
    """What cannot be said of this instant, and why."""

    what: Literal["states", "places"]
    words: Words
    people: int | None


class ProgressOut(Answer):
    """How far a season is, by what was known then. Stated and computed totals stand side by side."""

    model_config = shown(examples.PROGRESS)

    county: str
    coverage_year: int
    as_of: Instant
    snapshot_id: int | None = Field(description="where it is kept, and can change no more")
    stated_task: int | None
    computed_task: int | None
    stated_population: int | None
    computed_population: int | None
    total: UnitFigures
    units: list[UnitProgressOut]
    cannot_tell: list[Untold]


class NewFigure(Body):
    """A figure of a township, a village or the county: of which day, and where it stands."""

    division_code: str = Field(pattern=r"^[0-9]{12}$")
    kind: FigureKind
    value: int = Field(ge=0, le=2_000_000_000)
    dated_on: GivenDay = Field(description="the day of which the figure is")
    source: FreeText = Field(min_length=1, max_length=200, description="the bulletin or book that has it")


class NewFigures(Body):
    """Figures of a season. Earlier ones stay on record; the newest counts."""

    model_config = asked(examples.NEW_FIGURES)

    county: CountyCode
    coverage_year: CoverageYear
    figures: list[NewFigure] = Field(min_length=1, max_length=1_000)


class FiguresEntered(Answer):
    """How many were entered."""

    model_config = shown({"entered": 1})

    entered: int


class FigureOut(Answer):
    """A figure that was entered, by whom and when."""

    division_code: str
    kind: FigureKind
    value: int
    dated_on: date
    source: str
    entered_by: str
    entered_at: Instant


class FigurePage(Page[FigureOut]):
    """All figures, older versions too, in the order in which they were entered."""

    model_config = shown({"items": [examples.FIGURE], "next_after": None})


class NewSnapshot(Body):
    """Of which instant a snapshot is to be kept; now, if none is given."""

    model_config = asked(examples.NEW_SNAPSHOT)

    county: CountyCode
    coverage_year: CoverageYear
    as_of: GivenInstant | None = None


class SnapshotOut(Answer):
    """A snapshot that is kept."""

    model_config = shown(examples.SNAPSHOT)

    snapshot_id: int
    as_of: Instant
    kept_by: str
    kept_at: Instant


class SnapshotPage(Page[SnapshotOut]):
    """Snapshots that are kept, in the order in which they were."""

    model_config = shown({"items": [examples.SNAPSHOT], "next_after": None})


class NamedDate(Answer):
    """An instant of which the notice asks figures."""

    as_of: Instant
    clauses: list[str]
    passed: bool
    snapshot_id: int | None


class NamedDates(Page[NamedDate]):
    """The instants of which the notice asks figures, and which snapshots are kept."""

    model_config = shown({"items": [examples.NAMED_DATE], "next_after": None})


class CompletedOn(Answer):
    """How many became complete on a day, by payment or help, and how many were by its end."""

    on: date
    completed: int
    complete: int


class ProgressDays(Answer):
    """Since when whoever is complete now is, day by day; days on which nobody became so are left out.

    `from_on` to `to_on` is the season; by the straight line `target` people are complete at its end.
    """

    model_config = shown(examples.DAYS)

    county: str
    coverage_year: int
    as_of: Instant
    division_code: str = Field(description="whose people are counted: those of the token, within the county")
    from_on: date
    to_on: date
    target: int | None = Field(
        description="the task of the notice; null where it sets none for this division"
    )
    items: list[CompletedOn]
