"""Shows units, and what became of a list, line by line."""

from libs.common.policy import Notice
from libs.common.security.masking import mask_name
from services.registration.units.enlisting import Sent, Taken
from services.registration.units.examining import Examined
from services.registration.units.lines_store import ShownLine
from services.registration.units.rules import GivenLine, last_second, troubles_of
from services.registration.units.schemas import LeftOut, LineOut, ListOut, OnListOut, UnitOut
from services.registration.units.store import Standing, Unit


def unit_out(notice: Notice, unit: Standing) -> UnitOut:
    """A unit and how far it is."""
    rule = notice.units[unit.rule]
    return UnitOut(
        unit_id=unit.unit_id,
        county=unit.county,
        coverage_year=unit.coverage_year,
        code=unit.code,
        name=unit.name,
        rule=unit.rule,
        kind=rule.kind,
        department=rule.department,
        clause=rule.clause,
        division_code=unit.division_code,
        registered_at=unit.registered_at,
        closes_at=last_second(rule),
        channels=list(rule.channels),
        version_no=unit.version_no,
        listed=unit.listed,
        registered=unit.registered,
        paid=unit.paid,
        exempt=unit.exempt,
        late=unit.late_lines,
        on_two_lists=unit.on_two_lists,
        paid_before=unit.paid_before,
    )


def list_out(notice: Notice, unit: Unit, sent: Sent, taken: Taken) -> ListOut:
    """What became of a list."""
    lines = [_line(given, sent, taken) for given in sent.lines]
    return ListOut(
        unit_id=unit.unit_id,
        dry_run=sent.dry_run,
        version_no=taken.version_no,
        closes_at=last_second(notice.units[unit.rule]),
        added=len(taken.difference.added),
        kept=len(taken.difference.kept),
        left_out=[LeftOut(person_id=one.person_id, line=one.line_no) for one in taken.difference.left_out],
        refused=len(taken.refused),
        late=taken.late,
        own_due_fen=sum(line.own_due_fen or 0 for line in lines),
        unread=[problem.to_json() for problem in sent.unread],
        lines=lines,
    )


def on_list_out(line: ShownLine, examined: Examined | None, *, office: bool) -> OnListOut:
    """Somebody on a list; which other units list them is for offices to see."""
    return OnListOut(
        line=line.line_no,
        person_id=line.person_id,
        masked_name=mask_name(line.name),
        state=line.state,
        own_due_fen=None if examined is None else examined.owed_fen,
        paid_fen=line.paid_fen,
        completed_at=line.completed_at,
        listed_at=line.listed_at,
        troubles=troubles_of(line.state, line.completed_at, line.listed_at, line.also_listed_by),
        also_listed_by=list(line.also_listed_by) if office else [],
    )


def _line(given: GivenLine, sent: Sent, taken: Taken) -> LineOut:
    problem = taken.refused.get(given.line)
    person = taken.people.get(given.line)
    found = taken.examined.get(person) if person is not None else None
    nobody_yet = person is None or (sent.dry_run and person in taken.new)
    return LineOut(
        line=given.line,
        place=given.place,
        result=taken.results.get(given.line, "refused"),
        person_id=None if nobody_yet else person,
        state=None if found is None else found.enrollment.state,
        outcome=None if found is None else found.outcome,
        own_due_fen=None if found is None else found.own_due_fen,
        price_fen=None if found is None else found.price_fen,
        paid_fen=None if found is None else found.enrollment.paid_fen,
        clauses=[] if found is None else list(found.clauses),
        reason=None if found is None else found.reason,
        troubles=[] if person is None else taken.troubles.get(person, []),
        problem=None if problem is None else problem.to_json(),
    )
