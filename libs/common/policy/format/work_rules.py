"""How a notice organizes the season: departments, registration, targets, reports, scores, questions."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from libs.common.policy.format import vocabulary as v
from libs.common.policy.format.conditions_model import Condition, Label
from libs.common.policy.format.reader import Closes, Fen, Opens, Percent


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing a department has to do."""

    clause: str
    label: Label


@dataclass(frozen=True, slots=True)
class Department:
    """A department, office or partner and its duties. `role` tells services which part it plays."""

    code: str
    label: Label
    clause: str
    role: Literal[
        "collector",
        "medical_insurance",
        "finance",
        "status",
        "township",
        "village",
        "supervision",
        "partner",
        "support",
    ]
    duties: tuple[Duty, ...] = ()
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListedAs:
    """What people are by standing on the list of a unit, which vouches for it."""

    school: v.School | None = None
    service: v.ServiceKind | None = None
    stationed_here: bool | None = None
    event: v.EventKind | None = None


@dataclass(frozen=True, slots=True)
class UnitRule:
    """Units that register their people by list: whom, until when, and through which channels they pay.

    `when` has to hold of everybody whom they list. Without `by` the windows alone limit them; `late` says
    where people go who are listed after it. Without `channels` they register, and others pay.
    """

    id: str
    clause: str
    label: Label
    kind: Literal["school", "hospital", "squadron", "department", "welfare_institution"]
    department: str
    listed_as: ListedAs | None = None
    when: Condition | None = None
    by: Closes | None = None
    late: Label | None = None
    channels: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the work plan: a label on the calendar, never a limit for the payer."""

    id: str
    clause: str
    label: Label
    from_: Opens
    to: Closes
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TargetRow:
    """The task of one township or village. `division` is 12 digits; see the question on who assigned it."""

    name: Label
    division: str
    task: int
    population: int | None = None


@dataclass(frozen=True, slots=True)
class Targets:
    """The task table. The stated total is kept beside the rows, even where it differs from their sum."""

    clause: str
    label: Label
    stated_total: int
    rows: tuple[TargetRow, ...]
    stated_population: int | None = None
    notes: tuple[Label, ...] = ()
    questions: tuple[str, ...] = ()

    @property
    def computed_total(self) -> int:
        """Return the sum of the rows."""
        return sum(row.task for row in self.rows)

    @property
    def computed_population(self) -> int:
        """Return the sum of the populations given."""
        return sum(row.population or 0 for row in self.rows)


@dataclass(frozen=True, slots=True)
class Goal:
    """A share that must be reached. `strict` means more than the percentage, not just equal to it.

    `over` is what an enrollment rate without `statuses` is a share of: whom the survey found (`survey_base`),
    a population that is entered or stands in the table of tasks, or the people on the lists of schools. With
    `with_employees` people in employee insurance count as enrolled, too.
    """

    id: str
    clause: str
    label: Label
    percent: Percent
    measure: Literal["task_completion", "enrollment_rate", "account_capture", "entry_accuracy", "entry_rate"]
    base: Label
    strict: bool = False
    statuses: tuple[str, ...] = ()
    per: Literal["county", "township"] = "township"
    over: Literal["population", "survey_base", "school_lists"] = "population"
    with_employees: bool = False
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A report or bulletin, how often it is due, and what it is `about`: progress, or voucher paper."""

    id: str
    clause: str
    label: Label
    cadence: Literal["weekly", "ten_days", "half_month", "month", "year_end", "continuous", "regular"]
    by: str
    to: str | None = None
    about: Literal["progress", "vouchers"] = "progress"


@dataclass(frozen=True, slots=True)
class ScoreItem:
    """One item of a score: `points` at `full_at` percent, `up`/`down` for each whole percent from there.

    Without `full_at` it is judged. Measures are of the day `as_of`, `newly_...` ones of `newly_as_of`.
    """

    id: str
    clause: str
    label: Label
    points: int
    full_at: Percent | None = None
    up: int = 0
    down: int = 0
    measures: tuple[str, ...] = ()
    per_incident: int = 0
    as_of: date | None = None
    newly_as_of: date | None = None
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScoreMoney:
    """Money per enrolled person: `at_full` at the full score, more or less for each point from there."""

    clause: str
    at_full: Fen
    per_point_up: Fen
    per_point_down: Fen
    needs_task_met: bool
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Consequence:
    """What follows from a place: for the `first` so many, or the `last`, where the task is met or missed."""

    clause: str
    label: Label
    first: int | None = None
    last: int | None = None
    task_met: bool | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """How townships are scored."""

    clause: str
    label: Label
    full: int
    items: tuple[ScoreItem, ...]
    money: ScoreMoney
    rounding: Literal["whole_points_toward_threshold"]
    consequences: tuple[Consequence, ...] = ()
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceDays:
    """How long a department may take for something."""

    id: str
    clause: str
    label: Label
    length: int
    unit: Literal["workdays", "days", "months"]
    department: str


@dataclass(frozen=True, slots=True)
class Corrections:
    """Errors in people's data that villages and townships report.

    `within` is the entry of `service_days` that says how long mending may take; people had better pay
    `pay_after_days` later, and the label says so to them.
    """

    clause: str
    label: Label
    within: str
    pay_after_days: int
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deadline:
    """A day by which somebody has to have done something that is no handover.

    `what` tells the services that it is about something they keep.
    """

    id: str
    clause: str
    label: Label
    by: Closes
    department: str
    what: Literal["survey_bases", "status_rosters"] | None = None
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Practice:
    """A rule for the desk that changes no amount: changes, work funds."""

    clause: str
    label: Label
    rule: Literal[
        "not_stated",
        "default_deny",
        "collector_decides",
        "locked_after_payment_registration",
        "check_nationwide",
        "no_duplicates",
        "by_completion",
        "by_score",
    ]
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """Something the notice leaves open, and the reading taken until `owner` decides.

    `basis`: `assumed` (not in the text), `inferred` (follows from it), `as_written` (text kept although odd).
    """

    id: str
    clause: str
    problem: Label
    reading: Label
    basis: Literal["assumed", "inferred", "as_written"]
    owner: str
    decided_on: date | None = None
