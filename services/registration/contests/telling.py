"""Tells the other services, and the officers, of doubts in enrollments and of what was decided."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from pydantic import JsonValue

from libs.common.bus.outbox import Draft
from libs.common.cases.store import Gone, NewCase
from libs.common.events.registration import (
    EnrollmentContested,
    EnrollmentRestored,
    EnrollmentUpheld,
    EnrollmentWithdrawn,
)
from services.registration.cases.rules import GROUND_BACK, GROUND_GONE
from services.registration.contests.rules import ends_cover

#: Why an enrollment stands again although nobody decided.
CAUSE_GONE = "cause_gone"
#: An officer decided; the words stay in the case.
DECIDED = "decided"


class Told(Protocol):
    """The enrollment that is spoken of."""

    @property
    def person_id(self) -> int: ...
    @property
    def county(self) -> str: ...
    @property
    def coverage_year(self) -> int: ...
    @property
    def division_code(self) -> str: ...


class HelpTold(Protocol):
    """The help of a doubted enrollment: all, what is due by present knowledge, and what is for the card."""

    @property
    def given_fen(self) -> int: ...
    @property
    def left_fen(self) -> int: ...
    @property
    def to_card_fen(self) -> int: ...


class Doubted(Told, Protocol):
    """An enrollment that a case is opened about."""

    @property
    def state(self) -> str: ...


def subject_of(enrollment_id: int) -> str:
    """What a case about an enrollment is filed under."""
    return f"enrollments/{enrollment_id}"


def enrollment_of(subject: str) -> int:
    """The enrollment that a case is about."""
    return int(subject.removeprefix("enrollments/"))


def contested(enrollment_id: int, told: Told, number: int, causes: Sequence[str], at: datetime) -> Draft:
    """The fact that an enrollment is contested."""
    fact = EnrollmentContested(
        enrollment_id=enrollment_id,
        person_id=told.person_id,
        county=told.county,
        coverage_year=told.coverage_year,
        division_code=told.division_code,
        contest_no=number,
        causes=tuple(causes),
        contested_at=at,
    )
    return Draft(fact, str(told.person_id), at)


def upheld(enrollment_id: int, told: Told, number: int, reason: str, at: datetime) -> Draft:
    """The fact that a contested enrollment stands."""
    return _stands(EnrollmentUpheld, enrollment_id, told, number, reason, at)


def restored(
    enrollment_id: int,
    told: Told,
    number: int,
    reason: str,
    at: datetime,
    *,
    assessment_id: int | None = None,
) -> Draft:
    """The fact that what was withdrawn of an enrollment stands again, by an assessment if nobody decided."""
    return _stands(EnrollmentRestored, enrollment_id, told, number, reason, at, assessment_id=assessment_id)


def _stands(
    kind: type[EnrollmentUpheld],
    enrollment_id: int,
    told: Told,
    number: int,
    reason: str,
    at: datetime,
    **more: int | None,
) -> Draft:
    fact = kind(
        **more,
        enrollment_id=enrollment_id,
        person_id=told.person_id,
        county=told.county,
        coverage_year=told.coverage_year,
        division_code=told.division_code,
        contest_no=number,
        reason=reason,
        upheld_at=at,
    )
    return Draft(fact, str(told.person_id), at)


def withdrawn(
    enrollment_id: int, told: Told, number: int, causes: Sequence[str], at: datetime, *, revision: int
) -> Draft:
    """The fact that an officer withdrew help, and perhaps cover."""
    fact = EnrollmentWithdrawn(
        enrollment_id=enrollment_id,
        person_id=told.person_id,
        county=told.county,
        coverage_year=told.coverage_year,
        division_code=told.division_code,
        contest_no=number,
        causes=tuple(causes),
        ends_cover=ends_cover(causes),
        reason=DECIDED,
        revision=revision,
        withdrawn_at=at,
    )
    return Draft(fact, str(told.person_id), at)


def case_of(
    enrollment_id: int,
    told: Doubted,
    causes: Sequence[str],
    help_in: HelpTold,
    *,
    paid_fen: int,
    at: datetime,
) -> NewCase:
    """The case about a contested enrollment, with what each step would do.

    Help that is on the card already is taken off the own money that is given back, and the fund returns it.
    """
    cover_ends = ends_cover(causes)
    taken_fen = help_in.given_fen if cover_ends else max(help_in.given_fen - help_in.left_fen, 0)
    withdraw: dict[str, JsonValue] = {
        "help_taken_back_fen": taken_fen,
        "own_money_to_give_back_fen": paid_fen if cover_ends else 0,
        "less_help_on_the_card_up_to_fen": help_in.to_card_fen if cover_ends else 0,
        "cover_ends": cover_ends or told.state == "exempt",
        "may_pay_in_an_open_window": not cover_ends and told.state == "exempt",
    }
    return NewCase(
        kind=GROUND_GONE.code,
        subject=subject_of(enrollment_id),
        owner=GROUND_GONE.owner,
        proposed="withdraw" if cover_ends else "keep",
        opened_at=at,
        evidence={
            "state": told.state,
            "causes": list(causes),
            "keep": {"help_that_stands_fen": help_in.given_fen},
            "withdraw": withdraw,
        },
        county=told.county,
        coverage_year=told.coverage_year,
        division_code=told.division_code,
        person_id=told.person_id,
        amount_fen=taken_fen - help_in.to_card_fen + paid_fen if cover_ends else taken_fen,
    )


def gone(enrollment_id: int) -> Gone:
    """The case to close when the causes went away."""
    return Gone(GROUND_GONE.code, subject_of(enrollment_id))


def case_of_return(
    enrollment_id: int,
    told: Told,
    causes: Sequence[str],
    *,
    help_fen: int,
    paid_fen: int | None,
    at: datetime,
) -> NewCase:
    """The case about a cover that was withdrawn, whose causes hold no longer."""
    complete = paid_fen is not None or help_fen > 0
    return NewCase(
        kind=GROUND_BACK.code,
        subject=subject_of(enrollment_id),
        owner=GROUND_BACK.owner,
        proposed="restore",
        opened_at=at,
        evidence={
            "withdrawn_for": list(causes),
            "restore": {
                "help_given_again_fen": help_fen if complete else 0,
                "own_money_that_counts_again_fen": paid_fen or 0,
                "cover_returns": complete,
                "owes_again": not complete,
            },
            "leave": {},
        },
        county=told.county,
        coverage_year=told.coverage_year,
        division_code=told.division_code,
        person_id=told.person_id,
        amount_fen=help_fen + (paid_fen or 0),
    )


def no_return(enrollment_id: int) -> Gone:
    """The case to close when a cause holds after all."""
    return Gone(GROUND_BACK.code, subject_of(enrollment_id))
