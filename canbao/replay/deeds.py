"""What a step of a scenario is, and the steps of villages about their people."""

from collections.abc import Iterator

from pydantic import AwareDatetime, BaseModel, ConfigDict

#: A row or a notification as a service is to get it; the service judges it.
Row = dict[str, object]
Season = tuple[str, int]


class Deed(BaseModel):
    """What happens at one instant. A field that a step does not know is refused: it would change nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: AwareDatetime

    def people(self) -> frozenset[str]:
        """The ID numbers whose money a step touches, to keep the order of what happens to one person."""
        return frozenset()

    def seasons(self) -> Iterator[Season]:
        """The (county, coverage year) that a step names."""
        yield from ()


class OfSeason(Deed):
    """A step of one county and coverage year."""

    county: str
    coverage_year: int

    def seasons(self) -> Iterator[Season]:
        yield self.county, self.coverage_year


class Survey(OfSeason):
    """Townships send the bases of villages."""

    rows: list[Row]


class Chase(OfSeason):
    """An officer goes to somebody who has not paid, or lets go."""

    id_number: str
    kind: str
    means: str | None = None
    outcome: str | None = None
    next_step: str | None = None
    next_on: str | None = None
    note: str | None = None


class Ticket(OfSeason):
    """A village reports an error in somebody's data."""

    id_number: str
    name: str
    division_code: str
    wrong: str
    correction: Row
    proofs: list[Row]


class AnswerTickets(OfSeason):
    """An officer of the bureau resolves all open tickets, or refuses them with a reason."""

    refuse: str | None = None


class UnitList(OfSeason):
    """The clerk of the scenario's unit (a school, a squadron) sends its list; first it is registered."""

    rule: str
    name: str
    division_code: str
    lines: list[Row]
    replaces: int = 0


class UnitOrder(OfSeason):
    """That unit pays for everybody of its list who owes something."""

    channel: str
    transaction_no: str
    copies: int = 1
    expect: int = 200


class Refund(Deed):
    """Somebody asks for money back."""

    transaction_no: str
    line_no: int = 1
    reason: str


class ApproveRefunds(OfSeason):
    """A second officer approves all requested refunds."""


class MatchTerms(OfSeason):
    """Finance enters its match per head and who bears it, and a second person agrees."""

    per_head_fen: int
    fixed_on: str
    document_no: str
    shares: list[Row]
    classes: tuple[Row, ...] = ()


class MatchArrivals(OfSeason):
    """All that is missing of the match comes."""

    reference: str


class LifeEvents(Deed):
    """Events that open a window of their own."""

    rows: list[Row]


class Parameters(OfSeason):
    """Values that the notice leaves open."""

    values: Row
