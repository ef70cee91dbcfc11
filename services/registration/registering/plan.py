"""The words of registering: what is known of the people that rows name, and what is planned for them.

`Known` is what the store found, `Plan` is what the store shall write; new things get their ids there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from libs.common.identity import Document
from libs.common.web.problems import Problem
from services.registration.people.rules import Described, Facts

#: A household within a county: its village, and its number there. Every village counts its families from 1.
Home = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for one person: enrollment for a year, with a tier and add-ons (None: as it is)."""

    coverage_year: int
    tier: int | None = None
    add_ons: tuple[str, ...] | None = None


@dataclass(slots=True)
class Row:
    """One member of a household. `line` is its place in the input, `unit` what is rejected as a whole."""

    line: int
    unit: int
    county: str
    household_no: str
    division_code: str
    address: str | None
    head: bool
    person: Described
    wish: Wish | None
    problem: Problem | None = field(default=None)
    #: The number of the head where that is a registered member without a row of its own.
    head_elsewhere: str | None = None

    @property
    def home(self) -> "Home":
        """Which household of the county it is."""
        return self.division_code, self.household_no


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that cannot be registered, and why."""

    line: int
    unit: int
    problem: Problem


@dataclass(slots=True)
class KnownPerson:
    """A registered person, as it stands before the rows."""

    id: int
    household_id: int
    name: str
    sex: str | None
    born: date
    facts: Facts
    guardian_id: int | None
    is_head: bool
    numbers: set[str] = field(default_factory=set)
    kinds: frozenset[str] = frozenset()
    #: Where the person lives now.
    division_code: str = ""
    household_no: str = ""


@dataclass(slots=True)
class KnownHousehold:
    """A registered household, as it stands before the rows."""

    id: int
    household_no: str
    division_code: str
    address: str | None
    head_id: int | None
    #: The years for which somebody of it has paid, where a row says that it moves.
    paid_years: tuple[int, ...] = ()


@dataclass(slots=True)
class KnownEnrollment:
    """An enrollment of one of the people, for one of the years asked for."""

    id: int
    household_id: int
    state: str
    tier: int | None
    add_ons: tuple[str, ...]
    died: bool = False


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """An enrollment under a number in another county of the installation."""

    number: str
    county: str
    coverage_year: int


@dataclass(slots=True)
class Known:
    """What the database says about the people and households that the rows name.

    `headed` are the households of those people who are heads, wherever, by person.
    """

    people: dict[str, KnownPerson] = field(default_factory=dict)
    households: dict[Home, KnownHousehold] = field(default_factory=dict)
    headed: dict[int, KnownHousehold] = field(default_factory=dict)
    enrollments: dict[tuple[int, int], KnownEnrollment] = field(default_factory=dict)
    insured_before: set[tuple[int, int]] = field(default_factory=set)
    members: dict[int, list[KnownPerson]] = field(default_factory=dict)
    elsewhere: dict[tuple[str, int], str] = field(default_factory=dict)


@dataclass(slots=True)
class PlannedHousehold:
    """A household to insert (no `before`) or to update (`changed`)."""

    county: str
    household_no: str
    division_code: str
    address: str | None
    before: KnownHousehold | None
    id: int = 0
    head: "PlannedPerson | None" = None
    changed: bool = False
    #: The registered member who is the head, where no row is about them.
    head_known: int | None = None

    @property
    def head_id(self) -> int | None:
        """Who is the head from now on; None: as before."""
        return self.head.id if self.head is not None else self.head_known


@dataclass(slots=True)
class PlannedPerson:
    """A person to insert (no `before`), to update (`changed`), or only to point at."""

    household: PlannedHousehold
    described: Described
    facts: Facts
    before: KnownPerson | None
    new_documents: Sequence[Document]
    id: int = 0
    changed: bool = False
    guardian: "PlannedPerson | KnownPerson | None" = None
    #: Of its row in the input.
    line: int = 0


@dataclass(slots=True)
class PlannedEnrollment:
    """An enrollment to insert (`new`), open again (`reopened`) or give another tier (`changed`)."""

    person: PlannedPerson
    coverage_year: int
    kind: str
    tier: int | None
    add_ons: tuple[str, ...]
    renewal: bool = False
    id: int = 0
    before: KnownEnrollment | None = None

    def entry(self) -> "NewEnrollment":
        """The enrollment as it is written and published."""
        household = self.person.household
        return NewEnrollment(
            id=self.id,
            county=household.county,
            coverage_year=self.coverage_year,
            person_id=self.person.id,
            household_id=household.id,
            division_code=household.division_code,
            tier=self.tier,
            add_ons=self.add_ons,
            renewal=self.renewal,
        )


@dataclass(frozen=True, slots=True)
class NewEnrollment:
    """An enrollment to insert and to tell of."""

    id: int
    county: str
    coverage_year: int
    person_id: int
    household_id: int
    division_code: str
    tier: int | None
    add_ons: tuple[str, ...]
    renewal: bool


@dataclass(slots=True)
class Counts:
    """What became of the rows."""

    new: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0

    def add(self, other: "Counts") -> None:
        """Add what became of other rows."""
        self.new += other.new
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.rejected += other.rejected


@dataclass(slots=True)
class Plan:
    """All that is to be written for the rows, and the rows that are not."""

    households: list[PlannedHousehold] = field(default_factory=list)
    people: list[PlannedPerson] = field(default_factory=list)
    enrollments: list[PlannedEnrollment] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)


@dataclass(slots=True)
class Memory:
    """Hashes of the numbers and households of earlier chunks of one file (a number may stand in it once)."""

    numbers: set[int] = field(default_factory=set)
    households: set[int] = field(default_factory=set)

    def has(self, number: str) -> bool:
        """Whether an earlier chunk had this number."""
        return hash(number) in self.numbers

    def knows(self, county: str, home: Home) -> bool:
        """Whether an earlier chunk registered somebody of this household."""
        return hash((county, home)) in self.households

    def remember_raw(self, number: str, county: str, home: Home) -> None:
        """Keep what a row of an earlier chunk named, without reading the rest of it."""
        self.numbers.add(hash(number))
        self.households.add(hash((county, home)))

    def remember(self, rows: Iterable[Row]) -> None:
        """Keep the numbers of one chunk, and the households that were registered."""
        for row in rows:
            self.numbers.update(hash(document.number) for document in row.person.documents)
            if row.problem is None:
                self.households.add(hash((row.county, row.home)))
