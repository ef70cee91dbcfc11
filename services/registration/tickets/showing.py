"""Says of a ticket by when it is due, whether it is late, and when its person had better pay."""

from collections.abc import Mapping
from datetime import date, datetime

from pydantic import JsonValue

from libs.common.clock import business_date
from libs.common.policy import Notice
from libs.common.security.caller import Caller
from libs.common.security.masking import mask_identity_number, mask_name
from libs.common.workdays import YearUnknown
from services.registration.enrollments.rules import OPEN as OWING
from services.registration.people.viewing import UNMASKED
from services.registration.tickets import rules
from services.registration.tickets.schemas import PayHint, ProofOut, TicketCount, TicketOut
from services.registration.tickets.store import Count, Ticket

_NUMBERS = ("wrong_number", "right_number", "other_number")


def ticket_out(notice: Notice, caller: Caller, ticket: Ticket, now: datetime) -> TicketOut:
    """A ticket as far as the caller may see it."""
    due_on, unknown_year = _due(notice, ticket.reported_at)
    until = business_date(ticket.answered_at or now)
    clear = caller.may(UNMASKED)
    return TicketOut(
        ticket_id=ticket.ticket_id,
        county=ticket.county,
        coverage_year=ticket.coverage_year,
        division_code=ticket.division_code,
        person_id=ticket.person_id,
        name=ticket.name if clear or ticket.name is None else mask_name(ticket.name),
        id_number=ticket.number if clear or ticket.number is None else mask_identity_number(ticket.number),
        kind=ticket.kind,
        wrong=ticket.wrong,
        correction=ticket.correction if clear else _masked(ticket.correction),
        proofs=[ProofOut.model_validate(proof) for proof in ticket.proofs],
        reported_by=ticket.reported_by,
        reported_at=ticket.reported_at,
        due_on=due_on,
        unknown_year=unknown_year,
        overdue=due_on is not None and until > due_on,
        state=ticket.state,
        taken_by=ticket.taken_by,
        taken_at=ticket.taken_at,
        case_id=ticket.case_id,
        answered_by=ticket.answered_by,
        answered_at=ticket.answered_at,
        answer=ticket.answer,
        pay=_pay(notice, ticket),
    )


def count_out(notice: Notice, count: Count) -> TicketCount:
    """The tickets of one township."""
    first = count.first_reported_at
    return TicketCount(
        division_code=count.division_code,
        open=count.open,
        overdue=count.overdue,
        first_due_on=_due(notice, first)[0] if first is not None else None,
        resolved=count.resolved,
        refused=count.refused,
        withdrawn=count.withdrawn,
    )


def _due(notice: Notice, reported_at: datetime) -> tuple[date | None, int | None]:
    """The due day, or the year whose workdays nobody knows yet."""
    try:
        return rules.due_on(notice, reported_at), None
    except YearUnknown as unknown:
        return None, unknown.year


def _masked(correction: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    shown = dict(correction)
    for member, value in correction.items():
        if isinstance(value, str) and member in _NUMBERS:
            shown[member] = mask_identity_number(value)
        elif isinstance(value, str) and member == "name":
            shown[member] = mask_name(value)
    return shown


def _pay(notice: Notice, ticket: Ticket) -> PayHint | None:
    rule = notice.corrections
    if ticket.state != "resolved" or ticket.answered_at is None or ticket.enrollment_state not in OWING:
        return None
    if rule is None or (pay_from := rules.pay_from(notice, ticket.answered_at)) is None:
        return None
    label = rule.label
    return PayHint(pay_from_on=pay_from, words=label.en, words_zh=label.zh, clause=rule.clause)
