"""Takes the list of a unit: registers and enrolls who is not, and says who is on the list from now on.

Nothing is overwritten: whoever is on record keeps name, household and place, and is enrolled at most. What is
wrong is found by doing it: people are registered within a savepoint, and by what the notice then says of them
lines are refused and the others tried again. A dry run is the same and ends before anything is kept.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import business_date
from libs.common.names import normalize_name
from libs.common.policy import Notice, Notices
from libs.common.security import guesses
from libs.common.security.audit import record_lookup, record_searches
from libs.common.security.caller import Caller
from libs.common.security.digests import Digests
from libs.common.security.guesses import Attempt
from libs.common.web.problems import FieldError, Problem
from libs.common.web.translations import row_errors
from services.registration.enrollments.rules import ENDED as ENDED_STATES
from services.registration.life_events.applying import apply_reports
from services.registration.life_events.rules import Reported
from services.registration.people.rules import Described
from services.registration.people.store import take_turn
from services.registration.registering.admission import Admission
from services.registration.registering.isolating import register_each
from services.registration.registering.plan import Plan, Row, Wish
from services.registration.registering.problems import DUPLICATE_IN_INPUT, OTHER_NAME
from services.registration.units import store
from services.registration.units.examining import Examined, examine
from services.registration.units.problems import ENDED, LATE, LIST_CHANGED
from services.registration.units.recording import record
from services.registration.units.rules import (
    Difference,
    GivenLine,
    LineResult,
    ListLine,
    OnList,
    Outcome,
    Trouble,
    difference,
    event_of,
    home_of,
    is_late,
    late,
    read_lines,
    troubles_of,
)
from services.registration.units.store import Known, Unit

_OPERATION = "send_unit_list"


@dataclass(frozen=True, slots=True)
class Sent:
    """A list as a clerk sends it; `replaces` is the version that the clerk saw last.

    `faults_of` names what is wrong with a line in the words of whoever sent it, `unread` are the reasons why
    sheets of a workbook are not in it.
    """

    lines: Sequence[GivenLine]
    replaces: int
    dry_run: bool
    faults_of: Callable[[ValidationError], list[FieldError]] = row_errors
    unread: Sequence[Problem] = ()


@dataclass(frozen=True, slots=True)
class Desk:
    """What taking a list needs besides the database: the notices, the season's one, digests, who, when."""

    notices: Notices
    notice: Notice
    digests: Digests
    attempt: Attempt
    now: datetime

    @property
    def caller(self) -> Caller:
        """Who sends the list."""
        return self.attempt.caller


@dataclass(slots=True)
class Taken:
    """What became of a list: by line who it is and how it stands, or why it was refused."""

    version_no: int
    difference: Difference = field(default_factory=lambda: Difference((), (), ()))
    results: dict[int, LineResult] = field(default_factory=dict)
    people: dict[int, int] = field(default_factory=dict)
    line_of: dict[int, int] = field(default_factory=dict)
    new: set[int] = field(default_factory=set)
    examined: dict[int, Examined] = field(default_factory=dict)
    refused: dict[int, Problem] = field(default_factory=dict)
    troubles: dict[int, list[Trouble]] = field(default_factory=dict)

    @property
    def late(self) -> int:
        """How many lines came after the deadline."""
        return sum(problem.type is LATE for problem in self.refused.values())


async def take_list(conn: AsyncConnection, desk: Desk, unit: Unit, sent: Sent) -> Taken:
    """Take a list within the caller's transaction. Raises the problem for a list that came in between."""
    rule = desk.notice.units[unit.rule]
    await take_turn(conn, unit.county)
    unit = await store.lock(conn, unit)
    reading = read_lines(sent.lines, rule, business_date(desk.now), sent.faults_of)
    taken = Taken(unit.version_no, refused=reading.refused)
    numbers = [number for line in reading.lines for number in line.numbers]
    known = await store.known(conn, unit, numbers)
    before = await store.on_list(conn, unit.unit_id)
    owners: dict[int, Known] = {}
    trying: list[ListLine] = []
    for line in reading.lines:
        owner = next((known[number] for number in line.numbers if number in known), None)
        problem = await _barred(conn, desk, line, owner, taken)
        if owner is not None:
            owners[line.line] = owner
        if problem is not None:
            taken.refused[line.line] = problem
        elif owner is not None and owner.person_id in before:
            taken.people[line.line], taken.results[line.line] = owner.person_id, "kept"
        elif is_late(rule, desk.now):
            taken.refused[line.line] = late(rule)
        elif owner is not None and owner.state in ENDED_STATES:
            # What an office ended is not for a unit to begin again.
            taken.refused[line.line] = ENDED.problem()
        else:
            trying.append(line)
    await _register(conn, desk, unit, trying, owners, taken, dry_run=sent.dry_run)
    taken.difference = difference(before, taken.people.values())
    taken.troubles = await _troubles(conn, desk, unit, before, taken)
    await _audit(conn, desk, unit, reading.lines, taken, dry_run=sent.dry_run)
    if not sent.dry_run:
        if taken.difference.changes and sent.replaces != unit.version_no:
            raise LIST_CHANGED.problem(version_no=unit.version_no)
        line_of = {person: line for line, person in sorted(taken.people.items(), reverse=True)}
        outcome = Outcome(line_of, taken.difference, len(taken.refused), taken.late)
        taken.version_no = await record(conn, desk.caller, rule, unit, outcome, desk.now)
    return taken


async def _troubles(
    conn: AsyncConnection, desk: Desk, unit: Unit, before: Mapping[int, OnList], taken: Taken
) -> dict[int, list[Trouble]]:
    """What should be looked at, by person: other lists, and money that came before this list."""
    others = await store.others(conn, unit, sorted(taken.people.values()))
    found = {}
    for person, examined in taken.examined.items():
        listed_at = before[person].listed_at if person in before else desk.now
        enrollment = examined.enrollment
        codes = others.get(person, ())
        found[person] = troubles_of(enrollment.state, enrollment.completed_at, listed_at, codes)
    return found


async def _barred(
    conn: AsyncConnection, desk: Desk, line: ListLine, owner: Known | None, taken: Taken
) -> Problem | None:
    """Why a line tells nothing of whom it names: another name, or a line before. Raises 429."""
    if owner is None:
        return None
    if normalize_name(owner.name) != normalize_name(line.person.name):
        guess = desk.attempt.at(desk.digests.document(line.person.documents[0]))
        if (refused := await guesses.refusal(conn, guess)) is not None:
            raise refused
        await guesses.failed(conn, guess)
        return OTHER_NAME.problem()
    first = taken.line_of.setdefault(owner.person_id, line.line)
    return None if first == line.line else DUPLICATE_IN_INPUT.problem(first_line=first)


async def _register(
    conn: AsyncConnection,
    desk: Desk,
    unit: Unit,
    lines: Sequence[ListLine],
    owners: Mapping[int, Known],
    taken: Taken,
    *,
    dry_run: bool,
) -> None:
    """Register and enroll whom the lines mean, without those that are refused; of a dry run nothing stays."""
    while True:
        trial = Taken(taken.version_no, people=dict(taken.people), results=dict(taken.results))
        savepoint = await conn.begin_nested()
        undo = await _try(conn, desk, unit, lines, owners, trial)
        if dry_run or undo:
            await savepoint.rollback()
        else:
            await savepoint.commit()
        taken.refused |= trial.refused
        if dry_run or not undo:
            break
        lines = [line for line in lines if line.line not in trial.refused]
    taken.people, taken.results = trial.people, trial.results
    taken.examined, taken.new = trial.examined, trial.new


async def _try(
    conn: AsyncConnection,
    desk: Desk,
    unit: Unit,
    lines: Sequence[ListLine],
    owners: Mapping[int, Known],
    trial: Taken,
) -> bool:
    """Do it; give whether somebody was registered whom the notice then refuses."""
    rows = [_row(desk, unit, line, owners.get(line.line)) for line in lines]
    admission = Admission(desk.notices, desk.notice.division, desk.now)
    plan = await register_each(conn, desk.digests, unit.county, rows, admission, desk.now, whole_units=True)
    trial.refused |= {row.line: row.problem for row in plan.rejected}
    _note(plan, rows, trial)
    await _report_events(conn, desk, unit, lines, trial)
    trial.examined = await examine(conn, desk.notice, unit, sorted(trial.people.values()), desk.now)
    by_notice: dict[int, Problem] = {}
    for line in lines:
        if (person := trial.people.get(line.line)) is None:
            continue
        examined = trial.examined.get(person)
        # Nobody enrolls the dead.
        problem = ENDED.problem() if examined is None else examined.problem
        if problem is not None:
            by_notice[line.line] = problem
            del trial.people[line.line], trial.results[line.line]
    trial.refused |= by_notice
    return bool(by_notice)


def _row(desk: Desk, unit: Unit, line: ListLine, owner: Known | None) -> Row:
    """Whoever is on record as they are on record; a new person as a household of one at the unit's place."""
    digest = desk.digests.document(line.person.documents[0])
    person = line.person
    if owner is not None:
        documents = tuple([d for d in person.documents if d.number == owner.number])
        person = Described(owner.name, owner.sex, owner.born, documents, {})
    return Row(
        line=line.line,
        unit=line.line,
        county=unit.county,
        household_no=home_of(unit.code, digest) if owner is None else owner.household_no,
        division_code=unit.division_code if owner is None else owner.division_code,
        address=None,
        head=owner is None,
        person=person,
        # What somebody on record has chosen is not for a unit to change.
        wish=Wish(unit.coverage_year, line.tier if owner is None else None),
    )


def _note(plan: Plan, rows: Sequence[Row], trial: Taken) -> None:
    """Note by line who it is: the plan has the very people of the rows."""
    lines = {id(row.person): row.line for row in rows}
    fresh = {id(one.person) for one in plan.enrollments}
    for planned in plan.people:
        line = lines[id(planned.described)]
        trial.people[line] = planned.id
        if planned.before is None:
            trial.new.add(planned.id)
            trial.results[line] = "registered"
        else:
            trial.results[line] = "enrolled" if id(planned) in fresh else "listed"


async def _report_events(
    conn: AsyncConnection, desk: Desk, unit: Unit, lines: Sequence[ListLine], trial: Taken
) -> None:
    """Report what the unit says happened to those whom it registers anew."""
    kind = event_of(desk.notice.units[unit.rule])
    reports = [
        Reported(line.line, line.numbers[0], kind, line.event_on)
        for line in lines
        if kind is not None and line.event_on is not None and trial.people.get(line.line) in trial.new
    ]
    if reports:
        bureau = replace(desk.caller, division=desk.notice.division)
        await apply_reports(conn, reports, [unit.county], bureau, desk.now)


async def _audit(
    conn: AsyncConnection, desk: Desk, unit: Unit, lines: Sequence[ListLine], taken: Taken, *, dry_run: bool
) -> None:
    """Keep whom the list named, and by their digests those of whom it was told nothing."""
    # New people of a dry run are nobody, and those of a list that is kept are theirs whom it names.
    seen = sorted(set(taken.people.values()) - (taken.new if dry_run else set()))
    about = f"unit {unit.code}"
    await record_lookup(conn, desk.caller, operation=_OPERATION, at=desk.now, person_ids=seen, purpose=about)
    tried = [desk.digests.document(line.person.documents[0]) for line in lines if line.line in taken.refused]
    refused = f"{_OPERATION}_refused"
    await record_searches(conn, desk.caller, operation=refused, at=desk.now, query_digests=tried)
