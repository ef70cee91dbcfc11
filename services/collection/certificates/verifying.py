"""Shows certificates, sets them again, and tells anybody whether a printed one is genuine and stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from libs.common.observability.metrics import ServiceMetrics
from libs.common.security import guesses
from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.security.guesses import PublicGuess
from libs.common.security.rates import AddressRate
from libs.common.web.catalogue import NOT_FOUND, SCOPE_MISSING
from services.collection.certificates import rules, store
from services.collection.certificates.asking import CLEAR
from services.collection.certificates.issuing import Coded, Issuing
from services.collection.certificates.rules import CertificateState, ExemptionNow, LineNow, PersonPart
from services.collection.problems import CERTIFICATE_MISTYPED, CHECKS_TOO_FAST

log = structlog.get_logger("canbao.collection.certificates")

#: In whose name it is recorded that somebody without a token looked at a certificate.
ANYBODY = Caller("anybody", frozenset(), "", "public")


@dataclass(frozen=True, slots=True)
class PersonNow:
    """How the money of one person of a certificate stands now."""

    state: CertificateState
    refunded_fen: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A certificate, and how what it is about stands now; `people` are in the order of its content."""

    coded: Coded
    state: CertificateState
    people: Sequence[PersonNow]


async def with_state(conn: AsyncConnection, found: Sequence[Coded]) -> list[Seen]:
    """Say of certificates how what they are about stands now."""
    numbers = [coded.certificate.certificate_no for coded in found]
    exempt = {(one.certificate_no, one.person_id): one for one in await store.exempt_standing(conn, numbers)}
    lines: dict[tuple[str, int], list[LineNow]] = {}
    for line in await store.standing(conn, numbers):
        lines.setdefault((line.certificate_no, line.person_id), []).append(line)
    seen = []
    for coded in found:
        number = coded.certificate.certificate_no
        people = [
            _now(person, lines.get(key, []), exempt.get(key))
            for person in coded.content.people
            for key in [(number, person.person_id)]
        ]
        seen.append(Seen(coded, rules.state_of_all([one.state for one in people]), people))
    return seen


def _now(person: PersonPart, lines: Sequence[LineNow], exempt: ExemptionNow | None) -> PersonNow:
    refunded_fen = sum(line.refunded_fen for line in lines)
    if exempt is not None:
        return PersonNow(rules.state_of_exempt(exempt, lines, person.counted_fen), refunded_fen)
    return PersonNow(rules.state_of_person(lines, person.counted_fen), refunded_fen)


async def find(
    conn: AsyncConnection,
    issuing: Issuing,
    caller: Caller,
    number: str,
    operation: str,
    now: datetime,
    *,
    clear: bool = False,
) -> Coded:
    """One certificate that the caller may see; the look-up is recorded. Raises Problem 422, 404 or 403.

    With `clear` its full names are shown: to whoever issued it, and with `pii:read`.
    """
    number = rules.plain_number(number)
    if not rules.could_be_ours(number):
        raise CERTIFICATE_MISTYPED.problem()
    found = await store.find(conn, number)
    if found is None:
        raise NOT_FOUND.problem()
    check_division(caller, found.division_code)
    if clear and caller.subject != found.issued_by and not caller.may(CLEAR):
        raise SCOPE_MISSING.problem(
            "Whoever did not issue the certificate needs the scope pii:read: it has full names.",
            "非本凭证开具者需要 pii:read 权限：凭证载有全名。",
            required_scope=CLEAR,
        )
    coded = issuing.coded(found)
    people = [one.person_id for one in coded.content.people]
    await record_lookup(conn, caller, operation=operation, at=now, person_ids=people)
    return coded


class Checking:
    """Answers anybody who holds a paper, and nobody who guesses."""

    def __init__(
        self, engine: AsyncEngine, issuing: Issuing, rate: AddressRate, limit: int, metrics: ServiceMetrics
    ) -> None:
        self._engine = engine
        self._issuing = issuing
        self._rate = rate
        self._limit = limit
        self._checks = metrics.counter(
            "canbao_certificate_checks", "Certificates that anybody checked.", ["outcome"]
        )

    async def check(self, address: str, number: str, code: str, now: datetime) -> Seen | None:
        """The certificate if number and code belong together; an unknown number is like a wrong code.

        Raises Problem 422 for what is no number of ours, and 429 for who asks too fast or failed too often.
        Operators hear of those by the count and the log.
        """
        self.slow_down(address)
        number = rules.plain_number(number)
        if not rules.could_be_ours(number):
            raise CERTIFICATE_MISTYPED.problem()
        guess = PublicGuess(address, self._limit, f"certificate {number}")
        async with self._engine.begin() as conn:
            refused = await guesses.refusal(conn, guess)
            seen = None if refused else await self._seen(conn, number, code)
            if seen is not None:
                people = [one.person_id for one in seen.coded.content.people]
                await record_lookup(conn, ANYBODY, operation="check_certificate", at=now, person_ids=people)
            elif refused is None:
                await guesses.failed(conn, guess)
        if refused is not None:
            self._refused("locked_out", address)
            raise refused
        self._checks.labels("genuine" if seen else "wrong").inc()
        return seen

    def slow_down(self, address: str) -> None:
        """Count a check, of whatever paper. Raises Problem 429 for who asks too fast."""
        if (seconds := self._rate.wait(address)) is not None:
            self._refused("too_fast", address)
            raise CHECKS_TOO_FAST.problem(headers={"retry-after": str(seconds)})

    async def _seen(self, conn: AsyncConnection, number: str, code: str) -> Seen | None:
        found = await store.find(conn, number)
        coded = self._issuing.coded(found) if found is not None else None
        if coded is None or not coded.code or not rules.code_matches(code, coded.code):
            return None
        return (await with_state(conn, [coded]))[0]

    def _refused(self, outcome: str, address: str) -> None:
        self._checks.labels(outcome).inc()
        log.warning("certificate_checks_refused", reason=outcome, address=address)
