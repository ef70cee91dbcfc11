"""Who gets a certificate: people whom a backend names by number and name, or an officer by id."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.security.digests import Digests
from libs.common.security.guesses import Attempt
from libs.common.web.catalogue import INVALID_REQUEST
from libs.common.web.problems import FieldError, Problem
from services.collection.certificates import facts_store
from services.collection.certificates.issuing import Coded, Facts, Issuing, Wanted
from services.collection.certificates.naming import Named
from services.collection.certificates.rules import CertificateKind
from services.collection.dues.finding import OnDocument, Season, digest_of, find
from services.collection.problems import NAME_MISSING, NOT_ONE_HOUSEHOLD, NOTHING_PAID

#: Who may take full names from what channels said.
CLEAR = "pii:read"


@dataclass(frozen=True, slots=True)
class Found:
    """Who was found, by which member of the request, and the name where it was brought."""

    pointer: str
    named: Named | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A certificate for people of one household, or with `household` for everybody of it who is paid for."""

    kind: CertificateKind
    coverage_year: int
    county: str | None
    people: Sequence[OnDocument]
    person_ids: Sequence[int]
    household: bool
    check_address: str


class Asking:
    """One request for a certificate: finds the people, and has it issued when nothing stands in the way."""

    def __init__(
        self, issuing: Issuing, digests: Digests, attempt: Attempt, asked: Asked, now: datetime
    ) -> None:
        self._issuing = issuing
        self._digests = digests
        self._attempt = attempt
        self._asked = asked
        self._now = now

    @property
    def _caller(self) -> Caller:
        return self._attempt.caller

    async def find(self, engine: AsyncEngine) -> dict[int, Found]:
        """Find the people in the order of the request; failures count, and are kept whatever follows.

        Raises Problem 404 for a number and a name that do not belong together, 422 and 429.
        """
        found = {person: Found(f"#/person_ids/{n}") for n, person in enumerate(self._asked.person_ids)}
        if not found and not self._asked.people:
            fault = FieldError(
                "#/people", "Name somebody here or in person_ids.", "请填写 people 或 person_ids。"
            )
            raise INVALID_REQUEST.problem(errors=[fault])
        refused: Problem | None = None
        async with engine.begin() as conn:
            for place, one in enumerate(self._asked.people):
                person = await self._search(conn, one, place)
                if isinstance(person, Problem):
                    refused = person
                    break
                named = self._issuing.namer.given(one.id_number, one.name, self._now)
                found[person] = Found(f"#/people/{place}", named)
        if refused is not None:
            raise refused
        return found

    async def _search(self, conn: AsyncConnection, one: OnDocument, place: int) -> int | Problem:
        asked = self._asked
        digest = digest_of(self._digests, one.id_number, self._now, f"#/people/{place}/id_number")
        season = Season(asked.county, asked.coverage_year)
        due = await find(conn, self._digests, self._attempt, one, digest, season)
        if not isinstance(due, Problem):
            return due.person_id
        operation = "create_certificate_refused"
        await record_lookup(conn, self._caller, operation=operation, at=self._now, query_digest=digest)
        return due

    async def issue(self, conn: AsyncConnection, found: Mapping[int, Found]) -> Coded:
        """Issue the certificate. Raises Problem 403 and 409."""
        wanted = self._wanted(list(found), found)
        facts = await self._issuing.gather(conn, wanted)
        first = facts.paid.get(wanted.people[0]) if self._asked.household else None
        if first is not None:
            mates = await facts_store.mates(conn, first, exempt=self._asked.kind == "enrollment")
            wanted = self._wanted(list(dict.fromkeys([*found, *mates])), found)
            facts = await self._issuing.gather(conn, wanted)
        self._check(wanted, facts, found)
        people = wanted.groups[0]
        await record_lookup(
            conn, self._caller, operation="create_certificate", at=self._now, person_ids=people
        )
        (made,) = await self._issuing.issue(conn, wanted, facts)
        return made

    def _wanted(self, people: Sequence[int], found: Mapping[int, Found]) -> Wanted:
        return Wanted(
            kind=self._asked.kind,
            coverage_year=self._asked.coverage_year,
            groups=[people],
            given={person: one.named for person, one in found.items() if one.named is not None},
            may_name=self._caller.may(CLEAR),
            check_address=self._asked.check_address,
            by=self._caller.subject,
            now=self._now,
        )

    def _check(self, wanted: Wanted, facts: Facts, found: Mapping[int, Found]) -> None:
        people = wanted.groups[0]
        for person in people:
            if person in facts.paid:
                check_division(self._caller, facts.paid[person].division_code)
        if unpaid := facts.unpaid(people):
            raise NOTHING_PAID.problem(errors=_at(found, unpaid, "Nothing was paid.", "没有缴费记录。"))
        households = {(one.household_id or one.person_id, one.county) for one in facts.paid.values()}
        if len(households) > 1:
            raise NOT_ONE_HOUSEHOLD.problem()
        if unnamed := facts.unnamed(people):
            detail, detail_zh = "Send number and name.", "请提供证件号码和姓名。"
            raise NAME_MISSING.problem(errors=_at(found, unnamed, detail, detail_zh))


def _at(found: Mapping[int, Found], some: Sequence[int], detail: str, detail_zh: str) -> list[FieldError]:
    """The faults of some people, each where the request named them; mates come with the household."""
    mate = Found("#/household")
    return [
        FieldError(found.get(one, mate).pointer, f"Person {one}: {detail}", f"人员 {one}：{detail_zh}")
        for one in some
    ]
