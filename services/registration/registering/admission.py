"""Whether a row may be registered here: the notice it is meant for, the division of who asks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from libs.common.policy import Notices, parse_question
from libs.common.policy.engine.assessment import gather
from libs.common.policy.format.duplicate_rules import DuplicateRule
from libs.common.web.catalogue import OUTSIDE_DIVISION
from libs.common.web.notices import without_notice
from libs.common.web.problems import Problem
from services.registration.moves.rules import lock_of
from services.registration.people.problems import LIVES_ELSEWHERE
from services.registration.registering import problems as reasons
from services.registration.registering.plan import KnownHousehold, KnownPerson, Row


def county_of(notices: Notices, division_code: str) -> str | None:
    """The county whose notices cover a village, if it is only one."""
    counties = {notice.county for notice in notices.for_division(division_code)} if division_code else set()
    return counties.pop() if len(counties) == 1 else None


@dataclass(frozen=True, slots=True)
class Admission:
    """The check of a row against the notices and the division that the caller may write in."""

    notices: Notices
    division: str
    now: datetime

    def refusal(
        self, row: Row, household: KnownHousehold | None, people: Iterable[KnownPerson]
    ) -> Problem | None:
        """Say why a row may not be registered, given what is on record of its household and person."""
        if not row.division_code.startswith(self.division) or (
            household is not None and not household.division_code.startswith(self.division)
        ):
            return OUTSIDE_DIVISION.problem()
        if not all(person.division_code.startswith(self.division) for person in people):
            return LIVES_ELSEWHERE.problem()
        if household is not None and household.division_code != row.division_code:
            locked = lock_of(self.notices, row.county, household.paid_years, self.now)
            if locked is not None:
                return locked
        if row.wish is None:
            return None
        notice = self.notices.get((row.county, row.wish.coverage_year))
        if notice is None:
            return without_notice(reasons.UNKNOWN_COUNTY, self.notices, row.county, row.wish.coverage_year)
        return None if row.division_code.startswith(notice.division) else reasons.OUTSIDE_NOTICE.problem()

    def enrolled_elsewhere(self, row: Row, other: str, people: Iterable[KnownPerson]) -> Problem:
        """Say that somebody is enrolled in another county, and which of the two stands by the notice."""
        rule = self._standing(row, people)
        if rule is None:
            return reasons.ENROLLED_ELSEWHERE.problem(other_county=other)
        told = reasons.ENROLLED_ELSEWHERE
        return told.problem(
            f"{rule.label.en} ({rule.clause}). {told.mend}",
            f"{rule.label.zh}（{rule.clause}）。{told.mend_zh}",
            other_county=other,
            stands=rule.stands,
            clause=rule.clause,
        )

    def _standing(self, row: Row, people: Iterable[KnownPerson]) -> DuplicateRule | None:
        notice = self.notices.get((row.county, row.wish.coverage_year)) if row.wish is not None else None
        if notice is None or not notice.duplicate_order:
            return None
        facts = {name: fact for person in people for name, fact in person.facts.items()} | row.person.facts
        person = {
            "born": row.person.born.isoformat(),
            "sex": row.person.sex or "female",
            "hukou": "county",
            **facts,
        }
        asked = {"county": notice.county, "year": notice.year, "at": self.now.isoformat(), "person": person}
        question = parse_question(asked)
        return notice.standing(gather(notice, question, question.at))
