"""Writes what was decided about grants: the grants, their payouts and the facts that tell of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Cause, Draft
from libs.common.events.subsidy import SubsidyGranted, SubsidyRevoked
from services.subsidy.cases.opening import Exceeding, Stuck, keep_excesses, keep_recoveries
from services.subsidy.entitlements.facts import Grant, YearKey
from services.subsidy.entitlements.left import REIMBURSE_TO_CARD
from services.subsidy.entitlements.rules import Decision, Revocation
from services.subsidy.grants import store
from services.subsidy.grants.store import GrantRow, Moved, Revoked
from services.subsidy.payouts import store as payouts_store
from services.subsidy.payouts.store import NewPayout


@dataclass(frozen=True, slots=True)
class Change:
    """A grant that is made or taken back, whose it is and what caused it."""

    key: YearKey
    what: Grant | Revocation
    cause: Cause

    @property
    def grant(self) -> Grant:
        """The grant that this is about."""
        return self.what if isinstance(self.what, Grant) else self.what.grant


@dataclass(slots=True)
class Changes:
    """Decisions in the order they were made, over many people.

    `stuck` is help whose reason fell away after its money had left, `settled` what needs no case about that;
    of `exceeding` a part only is without a reason. `moved` rests on another payment than it did.
    """

    decided: list[Change] = field(default_factory=list)
    stuck: dict[int, Stuck] = field(default_factory=dict)
    settled: set[int] = field(default_factory=set)
    exceeding: dict[int, Exceeding | None] = field(default_factory=dict)
    moved: dict[int, Grant] = field(default_factory=dict)

    def add(self, key: YearKey, decision: Decision, cause: Cause) -> None:
        """Note a decision about one person and year.

        New grants are told first: who hears of both is never without the help that goes on.
        """
        self.decided.extend(Change(key, grant, cause) for grant in decision.granted)
        self.decided.extend(Change(key, revocation, cause) for revocation in decision.revoked)
        for free in decision.revoked:  # its money has come back, or never left
            self.settled.add(free.grant.grant_id)
            self.stuck.pop(free.grant.grant_id, None)
        for one in decision.stuck:
            self.stuck[one.grant.grant_id] = Stuck(key, one)
            self.settled.discard(one.grant.grant_id)
        for grant in decision.standing:
            self.settled.add(grant.grant_id)
            self.stuck.pop(grant.grant_id, None)
        about = (*(one.grant for one in (*decision.revoked, *decision.stuck)), *decision.standing)
        self.exceeding |= {grant.grant_id: None for grant in about}
        self.exceeding |= {one.grant.grant_id: Exceeding(key, one) for one in decision.exceeding}
        self.moved |= {grant.grant_id: grant for grant in decision.moved}


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The ids of stored grants; an id below zero is unique within its person and year only."""

    stored: Mapping[tuple[YearKey, int], int]

    def of(self, change: Change) -> int:
        """The stored id of the grant that a change is about."""
        grant_id = change.grant.grant_id
        return self.stored.get((change.key, grant_id), grant_id)


async def record(conn: AsyncConnection, changes: Changes, at: datetime) -> None:
    """Write all changes of one transaction, at an instant; the people they are about are locked."""
    if changes.decided:
        await _write(conn, changes)
    if changes.moved:
        await store.move_grants(conn, [_moved(grant) for grant in changes.moved.values()])
    if changes.stuck or changes.settled:
        await keep_recoveries(conn, list(changes.stuck.values()), changes.settled, at)
        await keep_excesses(conn, changes.exceeding, at)


async def _write(conn: AsyncConnection, changes: Changes) -> None:
    made = [change for change in changes.decided if isinstance(change.what, Grant)]
    ids = await store.new_grant_ids(conn, len(made))
    numbers = _Numbers(
        {(change.key, change.grant.grant_id): new for change, new in zip(made, ids, strict=True)}
    )
    gone = {
        numbers.of(change): Revoked(numbers.of(change), change.what.revoked_at, change.what.reason)
        for change in changes.decided
        if isinstance(change.what, Revocation)
    }
    new = set(ids)
    if old := [revoked for grant_id, revoked in gone.items() if grant_id not in new]:
        await store.revoke_grants(conn, old)
        await payouts_store.cancel_payouts(conn, [revoked.grant_id for revoked in old])
    await store.add_grants(conn, [_row(change, numbers, gone) for change in made])
    await payouts_store.open_payouts(
        conn,
        [
            _payout(change, numbers.of(change))
            for change in made
            if numbers.of(change) not in gone and change.grant.mechanism == REIMBURSE_TO_CARD
        ],
    )
    await outbox.append(conn, _drafts(changes.decided, numbers))


def _row(change: Change, numbers: _Numbers, gone: Mapping[int, Revoked]) -> GrantRow:
    grant, grant_id = change.grant, numbers.of(change)
    revoked = gone.get(grant_id)
    return GrantRow(
        grant_id=grant_id,
        county=grant.county,
        coverage_year=change.key.coverage_year,
        person_id=change.key.person_id,
        enrollment_id=grant.enrollment_id,
        assessment_id=grant.assessment_id,
        division_code=grant.division_code,
        payer=grant.payer,
        status=grant.status,
        mechanism=grant.mechanism,
        amount_fen=grant.amount_fen,
        late=grant.late,
        completes_enrollment=grant.completes_enrollment,
        payment_id=grant.payment_id,
        line_no=grant.line_no,
        top_up=grant.top_up,
        elsewhere=grant.elsewhere,
        granted_at=grant.granted_at,
        revoked_at=revoked.revoked_at if revoked else None,
        revoke_reason=revoked.revoke_reason if revoked else None,
    )


def _moved(grant: Grant) -> Moved:
    assert grant.payment_id is not None and grant.line_no is not None, "it rests on a payment"
    return Moved(grant.grant_id, grant.payment_id, grant.line_no)


def _payout(change: Change, grant_id: int) -> NewPayout:
    grant = change.grant
    return NewPayout(
        county=grant.county,
        coverage_year=change.key.coverage_year,
        kind="subsidy",
        grant_id=grant_id,
        refund_id=None,
        person_id=change.key.person_id,
        payee_digest=None,
        division_code=grant.division_code,
        payer=grant.payer,
        amount_fen=grant.amount_fen,
        created_at=grant.granted_at,
    )


def _drafts(changes: Sequence[Change], numbers: _Numbers) -> list[Draft]:
    return [
        Draft(
            _fact(change, numbers.of(change)),
            key=str(change.key.person_id),
            time=change.what.granted_at if isinstance(change.what, Grant) else change.what.revoked_at,
            correlation_id=change.cause.correlation_id,
            causation_id=change.cause.causation_id,
        )
        for change in changes
    ]


def _fact(change: Change, grant_id: int) -> SubsidyGranted | SubsidyRevoked:
    grant = change.grant
    if isinstance(change.what, Grant):
        return SubsidyGranted(
            grant_id=grant_id,
            person_id=change.key.person_id,
            enrollment_id=grant.enrollment_id,
            county=grant.county,
            coverage_year=change.key.coverage_year,
            division_code=grant.division_code,
            payer=grant.payer,
            mechanism=grant.mechanism,
            amount_fen=grant.amount_fen,
            assessment_id=grant.assessment_id,
            status=grant.status,
            completes_enrollment=grant.completes_enrollment,
            granted_at=grant.granted_at,
            counted_at=grant.counted_at,
            elsewhere=grant.elsewhere,
        )
    return SubsidyRevoked(
        grant_id=grant_id,
        person_id=change.key.person_id,
        enrollment_id=grant.enrollment_id,
        county=grant.county,
        coverage_year=change.key.coverage_year,
        division_code=grant.division_code,
        payer=grant.payer,
        mechanism=grant.mechanism,
        amount_fen=grant.left_fen,
        reason=change.what.reason,
        revoked_at=change.what.revoked_at,
        counted_at=change.what.counted_at,
        elsewhere=grant.elsewhere,
    )
