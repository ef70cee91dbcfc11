"""Puts what every party said beside what the papers have, line by line."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.console.handovers.schemas import Entered, Paper, Section

#: The row of a section that sums it up.
TOTAL = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """People and money of a line; None: nobody counts it, or says it."""

    heads: int | None
    amount_fen: int | None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a paper: what stands there, and what the party has itself."""

    key: str
    name: str
    ours: Figure
    own: Figure | None
    note: str = ""

    @property
    def called(self) -> tuple[str, str]:
        """What the line is called; the names of all but the sum are those of the paper."""
        return ("合计", "together") if self.key == TOTAL else (self.name, self.name)

    @property
    def differs(self) -> bool:
        """Whether the party has another figure; what it does not say is not compared."""
        if self.own is None:
            return False
        return any(
            own is not None and own != ours
            for own, ours in (
                (self.own.heads, self.ours.heads),
                (self.own.amount_fen, self.ours.amount_fen),
            )
        )


@dataclass(frozen=True, slots=True)
class Beside:
    """A line as all parties have it: by party what stands on its paper, or None where it has no such line."""

    section: tuple[str, str]
    name: tuple[str, str]
    lines: Sequence[Line | None]

    @property
    def ours(self) -> Figure:
        """What stands on the papers that have it."""
        return next(one.ours for one in self.lines if one is not None)

    @property
    def differs(self) -> bool:
        """Whether a party has another figure, or the papers are not of one mind."""
        seen = {one.ours for one in self.lines if one is not None}
        return len(seen) > 1 or any(one is not None and one.differs for one in self.lines)


def lines_of(paper: Paper, section: Section) -> list[Line]:
    """The lines of a section with what the party has itself; its sum is the last."""
    own = {one.row: _figure(one) for one in paper.own if one.section == section.code}
    lines = [
        Line(row.key, row.name, Figure(row.heads, row.amount_fen), own.get(row.key), row.note)
        for row in section.rows
    ]
    whole = Figure(section.heads, section.amount_fen)
    return [*lines, Line(TOTAL, "", whole, own.get(TOTAL))]


def _figure(one: Entered) -> Figure:
    return Figure(one.heads, one.amount_fen)


def differences(paper: Paper) -> int:
    """On how many lines the party has other figures."""
    return sum(line.differs for section in paper.document.sections for line in lines_of(paper, section))


def beside(papers: Sequence[Paper]) -> list[Beside]:
    """Every line that stands on a paper, once, with what each party has of it."""
    found: dict[tuple[str, str], list[Line | None]] = {}
    names: dict[tuple[str, str], tuple[tuple[str, str], tuple[str, str]]] = {}
    for number, paper in enumerate(papers):
        for section in paper.document.sections:
            for line in lines_of(paper, section):
                key = section.code, line.key
                names.setdefault(key, ((section.title, section.title_en), line.called))
                found.setdefault(key, [None] * len(papers))[number] = line
    return [Beside(*names[key], lines) for key, lines in found.items()]
