"""What of each fact others are told: ids, places, amounts and instants; nothing of who people are.

What is not named here is not told: digests, names, numbers of documents, statuses, causes, and whatever
somebody wrote. A fact without an entry cannot be subscribed to.
"""

from collections.abc import Mapping, Sequence
from typing import cast

import orjson

from libs.common.bus.port import Message
from libs.common.clock import SHANGHAI
from libs.common.divisions import CODE_LENGTH
from libs.common.events import (
    channel_days,
    channel_refunds,
    collection,
    elsewhere,
    erasures,
    helps,
    ledger,
    registration,
    subsidy,
)
from libs.common.events.envelope import Fact
from libs.common.policy import Notices

#: Members of a fact, or members of each of its parts.
Told = Mapping[str, Mapping[str, frozenset[str]] | bool]

_SEASON = ("county", "coverage_year")
_PLACE = (*_SEASON, "division_code")
_ENROLLMENT = ("enrollment_id", "person_id", *_PLACE)
_LINE = ("payment_id", "line_no", "channel", "transaction_no")
_PRICE = ("from_at", "until_at", "outcome", "window", "price_fen", "own_due_fen", "add_on_due_fen")


def _told(*names: str, **parts: tuple[str, ...]) -> Told:
    return {
        **dict.fromkeys(names, True),
        **{name: {"__all__": frozenset(members)} for name, members in parts.items()},
    }


_ASSESSED = _told(
    *(*_ENROLLMENT, "household_id", "assessment_id", "revision", "notice", "tier", "assessed_at"),
    schedule=_PRICE,
)
_WAITING = (*_LINE, "amount_fen", "reason", "person_id", "household_id", "enrollment_id", *_PLACE, "paid_at")
_UPHELD = (*_ENROLLMENT, "contest_no", "upheld_at")
_BY_CHANNEL = ("request_no", "payment_id", "line_no", "amount_fen", "person_id", *_PLACE)
_FEE = ("fee_id", *_SEASON, "channel", "amount_fen", "kept_at")
_MOVED = ("arrival_id", *_SEASON, "payer", "amount_fen")

#: Fact -> what of it is told.
TOLD: Mapping[type[Fact], Told] = {
    registration.EnrollmentRegistered: _told(*_ENROLLMENT, "household_id", "renewal", "registered_at"),
    registration.EnrollmentAssessed: _ASSESSED,
    registration.EnrollmentReassessed: {**_ASSESSED, **_told("after_payment")},
    registration.EnrollmentCancelled: _told(*_ENROLLMENT, "revision", "cancelled_at"),
    registration.EnrollmentContested: _told(*_ENROLLMENT, "contest_no", "contested_at"),
    registration.EnrollmentUpheld: _told(*_UPHELD),
    registration.EnrollmentRestored: _told(*_UPHELD, "assessment_id"),
    registration.EnrollmentWithdrawn: _told(
        *_ENROLLMENT, "contest_no", "ends_cover", "revision", "withdrawn_at"
    ),
    registration.EnrollmentCovered: _told(
        *(*_ENROLLMENT, "assessment_id", "revision", "cover_from", "cover_to", "completed_at")
    ),
    registration.EnrollmentListed: _told(
        *(*_ENROLLMENT, "unit_id", "unit_code", "unit_division_code", "version_no", "listed", "listed_at")
    ),
    registration.PersonMerged: _told(
        *("person_id", "merged_person_id", "county", "household_id", "division_code", "merged_at"),
        enrollments=("coverage_year", "enrollment_id", "merged_enrollment_id"),
    ),
    registration.WorkFundsSettled: _told(
        *("sheet_id", "revision", *_SEASON, "settled_at"), units=("division_code", "amount_fen", "change_fen")
    ),
    helps.HelpReturned: _told(*_MOVED, "return_id", "returned_at"),
    elsewhere.ElsewhereHelped: _told(*_ENROLLMENT, "revision", "notice", "paid_at", "assessed_at"),
    elsewhere.ElsewhereEnded: _told(*_ENROLLMENT, "revision", "cancelled_at"),
    erasures.PersonErased: _told("person_id", "merged_person_ids", "county", "erased_at"),
    collection.PaymentReceived: _told(
        *(*_LINE, *_ENROLLMENT, "voucher_no", "assessment_id", "household_id", "window", "price_fen"),
        *("own_fen", "add_on_fen", "paid_at", "received_at", "from_suspense", "tier", "part_of"),
        add_ons=("payee", "amount_fen"),
    ),
    collection.PaymentSuspended: _told(*_WAITING, "repaired_year", "received_at"),
    collection.PaymentRejudged: _told(*_WAITING, "repaired_year", "rejudged_at"),
    collection.AddOnReceived: _told(
        *(*_LINE, *_ENROLLMENT, "household_id", "add_on", "payee", "amount_fen", "paid_at", "received_at")
    ),
    collection.RepairReceived: _told(
        *(*_LINE, *_ENROLLMENT, "household_id", "voucher_no", "repaired_year", "amount_fen", "cover_from"),
        *("paid_at", "received_at"),
    ),
    collection.PaymentReturned: _told(
        *("payment_id", "line_no", "return_no", "kind", "channel", "amount_fen", "left_fen", "withdraws"),
        *("was_applied", "repaired_year", *_ENROLLMENT, "returned_at", "request_no"),
    ),
    collection.PaymentTakenBack: _told(
        *(*_LINE, *_ENROLLMENT, "household_id", "voucher_no", "reason", "amount_fen", "add_on"),
        *("repaired_year", "merged_person_id", "paid_at", "taken_back_at"),
    ),
    collection.CashDeposited: _told(
        *("deposit_id", "collector_id", "channel", *_PLACE, "amount_fen", "slip_no", "deposited_at")
    ),
    collection.CashDepositReversed: _told(
        *("deposit_id", "collector_id", "channel", *_PLACE, "amount_fen", "reason", "reversed_at")
    ),
    channel_refunds.ChannelRefundAsked: _told(*_BY_CHANNEL, "channel", "asked_at"),
    channel_refunds.ChannelRefundEnded: _told(*_BY_CHANNEL, "channel", "outcome", "ended_at"),
    channel_refunds.ChannelRefundAnswered: _told(*_BY_CHANNEL, "free", "answered_at"),
    channel_days.ChannelFeeBooked: _told(*_FEE, "booked_at"),
    channel_days.ChannelFeeReversed: _told(*_FEE, "reason", "reversed_at"),
    channel_days.ChannelDayTotalled: _told(
        *("county", "channel", "business_on", "revision", "taken_fen", "returned_fen", "totalled_at")
    ),
    subsidy.SubsidyGranted: _told(
        *("grant_id", *_ENROLLMENT, "assessment_id", "payer", "mechanism", "amount_fen"),
        *("completes_enrollment", "granted_at", "counted_at"),
    ),
    subsidy.SubsidyRevoked: _told(
        *("grant_id", *_ENROLLMENT, "payer", "mechanism", "amount_fen", "revoked_at", "counted_at")
    ),
    subsidy.PayoutSettled: _told(
        *("payout_id", "grant_id", "batch_id", "attempt", "person_id", *_PLACE, "payer", "amount_fen"),
        *("outcome", "settled_at"),
    ),
    subsidy.RefundSettled: _told(
        *("refund_id", "payment_id", "line_no", "batch_id", "attempt", "person_id", *_PLACE, "channel"),
        *("amount_fen", "outcome", "settled_at", "withdraws", "on_its_way_fen", "repaired_year"),
    ),
    subsidy.SubsidyRecovered: _told(
        *("grant_id", *_ENROLLMENT, "payer", "source", "amount_fen", "recovered_at", "goes_on")
    ),
    subsidy.FundsRequested: _told("application_id", *_SEASON, "payer", "amount_fen", "requested_at"),
    subsidy.FundsArrived: _told(*_MOVED, "arrived_at"),
    subsidy.FundsReversed: _told(*_MOVED, "reversed_at"),
    subsidy.CardRecorded: _told("person_id", "county", "recorded_at"),
    ledger.HandoverSealed: _told(
        *("handover_id", *_SEASON, "deadline_id", "cutoff_at", "head_count", "amount_fen", "sha256"),
        "sealed_at",
    ),
}

#: What of each topic is listened to.
CONSUMED: Mapping[str, tuple[type[Fact], ...]] = {
    topic: tuple(fact for fact in TOLD if fact.topic == topic)
    for topic in (registration.TOPIC, collection.TOPIC, subsidy.TOPIC, ledger.TOPIC)
}
#: What can be subscribed to.
KINDS: Sequence[str] = sorted(fact.type for fact in TOLD)


def data_of(fact: Fact) -> dict[str, object]:
    """What of a fact is told."""
    told = cast("dict[str, bool]", dict(TOLD[type(fact)]))
    return fact.model_dump(mode="json", include=told)


def body_of(fact: Fact, message: Message) -> str:
    """The body that is signed and sent, as Standard Webhooks have it."""
    at = message.time.astimezone(SHANGHAI).isoformat()
    return orjson.dumps({"type": fact.type, "timestamp": at, "data": data_of(fact)}).decode()


def order_key(fact: Fact, message: Message) -> str:
    """What keeps its order: the person, or the message's own key where there is none."""
    person = getattr(fact, "person_id", None)
    return message.key if person is None else f"person {person}"


def county_of(fact: Fact) -> str | None:
    """Whose county it is; None where nobody knows it."""
    return getattr(fact, "county", None)


def place_of(fact: Fact, notices: Notices) -> str | None:
    """The 12-digit code of where it belongs: its division, or else its county's; None where nobody knows."""
    division: str | None = getattr(fact, "division_code", None)
    return division or county_code(county_of(fact), notices)


def county_code(county: str | None, notices: Notices) -> str | None:
    """The 12-digit code of a county that has a notice."""
    found = (notice.division for notice in notices.values() if notice.county == county)
    division = next(found, None)
    return None if division is None else division.ljust(CODE_LENGTH, "0")
