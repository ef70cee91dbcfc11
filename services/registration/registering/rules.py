"""What changes when rows are registered: matches them with what is known, and decides each."""

from collections.abc import Sequence

from libs.common.names import normalize_name
from libs.common.web.problems import Problem
from services.registration.enrollments.rules import ACTIVE, COMPLETE, ENDED
from services.registration.people.rules import Facts
from services.registration.registering import problems as reasons
from services.registration.registering.admission import Admission
from services.registration.registering.members import recognize_members
from services.registration.registering.plan import (
    Counts,
    Home,
    Known,
    KnownEnrollment,
    KnownPerson,
    Memory,
    Plan,
    PlannedEnrollment,
    PlannedHousehold,
    PlannedPerson,
    Rejected,
    Row,
    Wish,
)


def decide(
    rows: Sequence[Row],
    known: Known,
    admission: Admission,
    *,
    whole_units: bool,
    memory: Memory | None = None,
) -> Plan:
    """Decide all rows of one county.

    With `whole_units` a rejected row takes its unit with it (a household of a batch); else the other rows of
    the household stay (a file), as long as the household has a head.
    """
    moves = _follow_moves(rows, known)
    recognize_members(rows, known)
    _judge_each(rows, known, admission, memory or Memory())
    _judge_heads(rows)
    if whole_units:
        _spread_over_units(rows)
    _settle_moves(moves, known)
    _judge_headless(rows, known, memory or Memory(), whole_units)
    return _plan([row for row in rows if row.problem is None], rows, known)


def _follow_moves(rows: Sequence[Row], known: Known) -> dict[Home, Row]:
    """Know a household by its new village when its own head is sent with its number from there.

    Another family of that number, in whichever village, has another head and is another household. Gives the
    rows that say so.
    """
    moves: dict[Home, Row] = {}
    for row in rows:
        if not row.head or row.home in known.households:
            continue
        for document in row.person.documents:
            person = known.people.get(document.number)
            household = known.headed.get(person.id) if person is not None else None
            if household is not None and household.household_no == row.household_no:
                known.households[row.home] = household
                moves[row.home] = row
    return moves


def _settle_moves(moves: dict[Home, Row], known: Known) -> None:
    """A household has moved if the row of its head is accepted; else it stays where it was."""
    for home, row in moves.items():
        household = known.households[home]
        moved_from = (household.division_code, household.household_no)
        known.households.pop(home if row.problem is not None else moved_from, None)


def _judge_each(
    rows: Sequence[Row],
    known: Known,
    admission: Admission,
    memory: Memory,
) -> None:
    seen: dict[str, Row] = {}
    for row in rows:
        row.problem = row.problem or (
            admission.refusal(row, known.households.get(row.home), _people_of(row, known))
            or _twice(row, seen, memory)
            or _contradicts_known(row, known)
            or _enrolled_elsewhere(row, known, admission)
        )
    for row in rows:
        if row.problem is None and row.head_elsewhere is not None and _named_head(row, known) is None:
            row.problem = reasons.NO_HEAD.problem()
        guardian = row.person.guardian
        if row.problem is None and guardian and guardian not in seen and guardian not in known.people:
            row.problem = reasons.GUARDIAN_UNKNOWN.problem()


def _named_head(row: Row, known: Known) -> KnownPerson | None:
    """The registered member of its household whom a row names as head without a row of their own."""
    household, person = known.households.get(row.home), known.people.get(row.head_elsewhere or "")
    if household is None or person is None or person.household_id != household.id:
        return None
    return person


def _twice(row: Row, seen: dict[str, Row], memory: Memory) -> Problem | None:
    for document in row.person.documents:
        first = seen.setdefault(document.number, row)
        if first is not row:
            return reasons.DUPLICATE_IN_INPUT.problem(
                first_line=first.line, first_household_no=first.household_no
            )
        if memory.has(document.number):
            return reasons.DUPLICATE_IN_INPUT.problem()
    return None


def _people_of(row: Row, known: Known) -> list[KnownPerson]:
    """Whoever is registered under one of the documents: one person, or nobody, unless the row errs."""
    found = {id(p): p for d in row.person.documents if (p := known.people.get(d.number)) is not None}
    return list(found.values())


def _contradicts_known(row: Row, known: Known) -> Problem | None:
    found = _people_of(row, known)
    if not found:
        return None
    if len(found) > 1:
        return reasons.DOCUMENTS_OF_TWO_PEOPLE.problem()
    (person,) = found
    if person.name != row.person.name and normalize_name(person.name) != normalize_name(row.person.name):
        return reasons.OTHER_NAME.problem()
    household = known.households.get(row.home)
    enrollment = known.enrollments.get((person.id, row.wish.coverage_year)) if row.wish else None
    if household is None or household.id != person.household_id:
        if row.wish is None or (enrollment is not None and enrollment.state in ACTIVE):
            return reasons.IN_OTHER_HOUSEHOLD.problem()
        if person.is_head:
            return reasons.HEAD_OF_OTHER_HOUSEHOLD.problem()
    if enrollment is not None and enrollment.state in COMPLETE and _differs(row.wish, enrollment):
        return reasons.ALREADY_COMPLETE.problem()
    return None


def _enrolled_elsewhere(row: Row, known: Known, admission: Admission) -> Problem | None:
    if row.wish is None:
        return None
    for document in row.person.documents:
        other = known.elsewhere.get((document.number, row.wish.coverage_year))
        if other is not None:
            return admission.enrolled_elsewhere(row, other, _people_of(row, known))
    return None


def _differs(wish: Wish | None, enrollment: KnownEnrollment) -> bool:
    return wish is not None and (
        (wish.tier is not None and wish.tier != enrollment.tier)
        or (wish.add_ons is not None and wish.add_ons != enrollment.add_ons)
    )


def _judge_heads(rows: Sequence[Row]) -> None:
    heads: dict[Home, Row] = {}
    for row in rows:
        if row.head and row.problem is None and heads.setdefault(row.home, row) is not row:
            row.problem = reasons.TWO_HEADS.problem(first_line=heads[row.home].line)


def _spread_over_units(rows: Sequence[Row]) -> None:
    faulty = {row.unit for row in rows if row.problem is not None}
    for row in rows:
        if row.problem is None and row.unit in faulty:
            row.problem = reasons.UNIT_REJECTED.problem()


def _judge_headless(rows: Sequence[Row], known: Known, memory: Memory, whole_units: bool) -> None:
    headed = {row.home for row in rows if row.head and row.problem is None}
    elsewhere = {household_no for _, household_no in headed}
    headed |= {row.home for row in rows if row.problem is None and row.head_elsewhere is not None}
    headed |= {home for home, household in known.households.items() if household.head_id is not None}
    for row in rows:
        if row.problem is None and row.home not in headed:
            if memory.knows(row.county, row.home) and not whole_units:
                continue
            strayed = row.household_no in elsewhere
            row.problem = (reasons.HOUSEHOLD_CONTRADICTS if strayed else reasons.NO_HEAD).problem()


def _plan(accepted: Sequence[Row], rows: Sequence[Row], known: Known) -> Plan:
    plan = Plan(rejected=[Rejected(row.line, row.unit, row.problem) for row in rows if row.problem])
    households: dict[Home, PlannedHousehold] = {}
    by_number: dict[str, PlannedPerson] = {}
    people: list[tuple[Row, PlannedPerson]] = []
    for row in accepted:
        household = households.get(row.home)
        if household is None:
            households[row.home] = household = _plan_household(row, known)
        person = _plan_person(row, household, known)
        people.append((row, person))
        for document in row.person.documents:
            by_number[document.number] = person
    plan.households = list(households.values())
    for row, person in people:
        person.line = row.line
        _settle_guardian(person, by_number, known)
        enrollment = _plan_enrollment(row, person, known)
        _count(plan.counts, person, enrollment)
        plan.people.append(person)
        if enrollment is not None:
            plan.enrollments.append(enrollment)
    plan.counts.rejected = len(plan.rejected)
    return plan


def _plan_household(row: Row, known: Known) -> PlannedHousehold:
    before = known.households.get(row.home)
    household = PlannedHousehold(row.county, row.household_no, row.division_code, row.address, before)
    if before is not None:
        household.id = before.id
        household.address = row.address or before.address
        household.changed = (household.division_code, household.address) != (
            before.division_code,
            before.address,
        )
        if (head := _named_head(row, known)) is not None and head.id != before.head_id:
            household.head_known, household.changed = head.id, True
    return household


def _plan_person(row: Row, household: PlannedHousehold, known: Known) -> PlannedPerson:
    described = row.person
    before = None
    for document in described.documents:
        before = before or known.people.get(document.number)
    if before is None:
        facts: Facts = (
            described.facts if "hukou" in described.facts else {"hukou": "county", **described.facts}
        )
        person = PlannedPerson(household, described, facts, None, described.documents)
    else:
        documents = [d for d in described.documents if d.number not in before.numbers]
        described.sex = described.sex or before.sex
        facts = before.facts | described.facts
        person = PlannedPerson(household, described, facts, before, documents, id=before.id)
        person.changed = bool(documents) or (described.sex, described.born, facts, household.id) != (
            before.sex,
            before.born,
            before.facts,
            before.household_id,
        )
    if row.head:
        household.head = person
        if household.before is not None and household.before.head_id != person.id:
            household.changed = True
    return person


def _settle_guardian(person: PlannedPerson, by_number: dict[str, PlannedPerson], known: Known) -> None:
    number = person.described.guardian
    if number is None:
        return
    person.guardian = by_number.get(number) or known.people[number]
    if person.before is not None and person.before.guardian_id != person.guardian.id:
        person.changed = True


def _plan_enrollment(row: Row, person: PlannedPerson, known: Known) -> PlannedEnrollment | None:
    wish = row.wish
    if wish is None:
        return None
    before = known.enrollments.get((person.id, wish.coverage_year)) if person.before else None
    renewal = person.before is not None and (person.id, wish.coverage_year - 1) in known.insured_before
    if before is None:
        return PlannedEnrollment(person, wish.coverage_year, "new", wish.tier, wish.add_ons or (), renewal)
    if before.state in ENDED:
        if before.died:
            return None  # a list of the household that still names the dead enrolls nobody
        return PlannedEnrollment(
            person, wish.coverage_year, "reopened", wish.tier, wish.add_ons or (), renewal, before.id, before
        )
    if not _differs(wish, before):
        return None
    tier = before.tier if wish.tier is None else wish.tier
    add_ons = before.add_ons if wish.add_ons is None else wish.add_ons
    return PlannedEnrollment(person, wish.coverage_year, "changed", tier, add_ons, renewal, before.id, before)


def _count(counts: Counts, person: PlannedPerson, enrollment: PlannedEnrollment | None) -> None:
    if person.before is None or (enrollment is not None and enrollment.kind == "new"):
        counts.new += 1
    elif person.changed or person.household.changed or enrollment is not None:
        counts.updated += 1
    else:
        counts.unchanged += 1
