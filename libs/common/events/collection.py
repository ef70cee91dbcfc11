"""Facts that the collection service publishes about money received. One fact per insured person of a payment,
keyed by that person (or by the payment where nobody is known)."""

from datetime import date
from typing import Annotated, ClassVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict

from libs.common.events.channel_days import ChannelDayTotalled, ChannelFeeBooked, ChannelFeeReversed
from libs.common.events.channel_refunds import ChannelRefundAsked, ChannelRefundEnded, RequestNo
from libs.common.events.envelope import Fact, SubsidyLine
from libs.common.security.masking import mask_identities

TOPIC = "canbao.collection"

#: The number of a channel or a bank. An identity number in it stays where the payment is kept.
TransactionNo = Annotated[str, AfterValidator(mask_identities)]

#: The notice's code of the employees' fund that owes the money: personal accounts paid it, to which alone it
#: goes back. Null: whoever paid did so by himself.
EmployeeFund = str | None


class AddOnShare(BaseModel):
    """What of the add-ons of a payment belongs to one payee."""

    model_config = ConfigDict(frozen=True)

    payee: str
    amount_fen: int


class PaymentReceived(Fact):
    """Money of one payment line was applied to what one person owed.

    `own_fen` belongs to the fund, `add_on_fen` to the separate payees of add-ons; `add_ons` say what to whom,
    and are empty where the notice leaves it open and in facts of earlier releases. `paid_at` is the channel's
    instant and decides price and window; `received_at` is when it reached us. `subsidies` is what the due
    carried at `paid_at`. With `from_suspense` the money had been kept in suspense before. `tier` is the tier
    that was paid; in facts of earlier releases it is set only where the amount chose it, because nobody had.
    Several payments may pay one due together: each brings its own part of it, and all but one name that one's
    payment as `part_of` and carry neither help nor add-ons. `payer_digest` is set where a unit (a school)
    paid for its people: what goes back goes back to it.
    """

    type: ClassVar[str] = "canbao.payment.received.v1"
    topic: ClassVar[str] = TOPIC

    payment_id: int
    line_no: int
    voucher_no: str
    channel: str
    transaction_no: TransactionNo
    enrollment_id: int
    assessment_id: int
    person_id: int
    household_id: int
    county: str
    coverage_year: int
    division_code: str
    window: str
    price_fen: int
    own_fen: int
    add_on_fen: int = 0
    add_ons: tuple[AddOnShare, ...] = ()
    subsidies: tuple[SubsidyLine, ...] = ()
    paid_at: AwareDatetime
    received_at: AwareDatetime
    from_suspense: bool = False
    tier: int | None = None
    part_of: int | None = None
    payer_digest: str | None = None
    employee_fund: EmployeeFund = None


class _WaitingMoney(Fact):
    """Money of one payment line in suspense. Person, county and division are known for some.

    With `repaired_year` an order named it for that lapsed year: it is no contribution, whyever it waits.
    """

    payment_id: int
    line_no: int
    channel: str
    transaction_no: TransactionNo
    amount_fen: int
    reason: str
    person_id: int | None = None
    household_id: int | None = None
    enrollment_id: int | None = None
    county: str | None = None
    coverage_year: int | None = None
    division_code: str | None = None
    paid_at: AwareDatetime
    payer_digest: str | None = None
    repaired_year: int | None = None
    employee_fund: EmployeeFund = None


class PaymentSuspended(_WaitingMoney):
    """Money arrived that cannot be applied; it is kept, with the reason.

    `reason` is one of unknown_person, name_mismatch, unknown_order, wrong_amount, wrong_year, already_paid,
    already_exempt, outside_window, not_payable, order_expired, household_tier_mismatch,
    household_incomplete, enrolled_elsewhere, repair_not_possible. `person_id`, `county` and `division_code`
    are known for some.
    """

    type: ClassVar[str] = "canbao.payment.suspended.v1"
    topic: ClassVar[str] = TOPIC

    received_at: AwareDatetime


class PaymentRejudged(_WaitingMoney):
    """Money that waits in suspense was judged again: why it waits, or whose it is, is another than was told.

    `reason` and the rest are as they are known now, `amount_fen` is what is left of the line. Its county and
    year are those that the channel named, as before. It is later than every earlier word about the line.
    """

    type: ClassVar[str] = "canbao.payment.rejudged.v1"
    topic: ClassVar[str] = TOPIC

    rejudged_at: AwareDatetime


class AddOnReceived(Fact):
    """Money of one payment line bought an add-on by itself, beside the contribution.

    It belongs to `payee`, never to the fund. `add_on` is the notice's code.
    """

    type: ClassVar[str] = "canbao.add_on.received.v1"
    topic: ClassVar[str] = TOPIC

    payment_id: int
    line_no: int
    channel: str
    transaction_no: TransactionNo
    enrollment_id: int
    person_id: int
    household_id: int | None = None
    county: str
    coverage_year: int
    division_code: str
    add_on: str
    payee: str
    amount_fen: int
    paid_at: AwareDatetime
    received_at: AwareDatetime
    from_suspense: bool = False
    employee_fund: EmployeeFund = None


class RepairReceived(Fact):
    """Money of one payment line repaired one lapsed year of a person, beside the contribution.

    It is the fund's, for `coverage_year`, and shortens the wait for its cover: `cover_from` is the first day
    of cover with this year and those repaired before it, as far as was known then; null: not known. It has a
    voucher of its own. A line that was taken back may be told of again.
    """

    type: ClassVar[str] = "canbao.repair.received.v1"
    topic: ClassVar[str] = TOPIC

    payment_id: int
    line_no: int
    voucher_no: str
    channel: str
    transaction_no: TransactionNo
    enrollment_id: int
    assessment_id: int | None = None
    person_id: int
    household_id: int | None = None
    county: str
    coverage_year: int
    division_code: str
    repaired_year: int
    amount_fen: int
    cover_from: date | None = None
    paid_at: AwareDatetime
    received_at: AwareDatetime
    from_suspense: bool = False
    payer_digest: str | None = None
    employee_fund: EmployeeFund = None


class PaymentReturned(Fact):
    """Money of one payment line went back outside: in a wallet's console, at the tax bureau, at a bank.

    `return_no` is the channel's own number of it. `kind` is refund or reversal (a bounced cheque, a
    chargeback: the money never stayed). `left_fen` is what is left of the line. `withdraws` says that it ends
    the contribution, or the repair of `repaired_year`; `was_applied` whether the line was applied or in
    suspense. `request_no` is set where we had the channel give it back.
    """

    type: ClassVar[str] = "canbao.payment.returned.v1"
    topic: ClassVar[str] = TOPIC

    payment_id: int
    line_no: int
    return_no: TransactionNo
    kind: str
    channel: str
    amount_fen: int
    left_fen: int
    withdraws: bool
    was_applied: bool
    repaired_year: int | None = None
    person_id: int | None = None
    enrollment_id: int | None = None
    county: str | None = None
    coverage_year: int | None = None
    division_code: str | None = None
    returned_at: AwareDatetime
    employee_fund: EmployeeFund = None
    request_no: RequestNo | None = None


class PaymentTakenBack(Fact):
    """Money of a line that had been applied went into suspense, where it waits with `reason`.

    Either two records turned out to be one person: what pays the enrollment that stands stays, the other is
    already_paid (not_payable where nothing has paid the one that stands yet: it may be applied to that);
    `person_id` goes on, the line may have been told of with `merged_person_id`. Or the line had paid a due
    together with another one that ended (wrong_amount). `amount_fen` is what is left of the line.
    """

    type: ClassVar[str] = "canbao.payment.taken_back.v1"
    topic: ClassVar[str] = TOPIC

    payment_id: int
    line_no: int
    voucher_no: str | None = None
    channel: str
    transaction_no: TransactionNo
    reason: str
    amount_fen: int
    add_on: str | None = None
    repaired_year: int | None = None
    person_id: int
    merged_person_id: int | None = None
    enrollment_id: int
    household_id: int | None = None
    county: str
    coverage_year: int
    division_code: str
    paid_at: AwareDatetime
    taken_back_at: AwareDatetime
    employee_fund: EmployeeFund = None


class _OfDeposit(Fact):
    """Money of one slip. `channel` is `cash:<collector_id>`: in whose hands it was."""

    deposit_id: int
    collector_id: int
    channel: str
    county: str
    coverage_year: int
    division_code: str
    amount_fen: int


class CashDeposited(_OfDeposit):
    """A collector paid cash (or cheques) into the bank; `amount_fen` is what the bank's slip says.

    `account` is the notice's code of the account, where it names one.
    """

    type: ClassVar[str] = "canbao.cash.deposited.v1"
    topic: ClassVar[str] = TOPIC

    slip_no: TransactionNo
    account: str | None = None
    deposited_at: AwareDatetime


class CashDepositReversed(_OfDeposit):
    """Of a deposit, `amount_fen` is not in the account: a cheque bounced, or the deposit was entered wrongly.

    `reason` is bounced_cheque or withdrawn. The money is the collector's to account for again.
    """

    type: ClassVar[str] = "canbao.cash.deposit_reversed.v1"
    topic: ClassVar[str] = TOPIC

    reason: str
    reversed_at: AwareDatetime


EVENTS: tuple[type[Fact], ...] = (
    *(PaymentReceived, PaymentSuspended, PaymentRejudged, AddOnReceived, RepairReceived),
    *(PaymentReturned, PaymentTakenBack, CashDeposited, CashDepositReversed),
    *(ChannelRefundAsked, ChannelRefundEnded, ChannelFeeBooked, ChannelFeeReversed, ChannelDayTotalled),
)
