"""What a channel is to us: whatever can say, provably, that money was taken from somebody."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from libs.common.web.problems import Problem

#: How a channel signs: by a secret that both sides know, by a key of its own, or as its wallet does.
Signature = Literal["secret", "own_key", "wechat", "alipay", "unionpay"]
NotificationKind = Literal["payment", "return", "held", "other"]
#: Reasons for suspense that a channel gives itself.
Doubt = Literal["unknown_order", "wrong_amount"]
PAYMENT: NotificationKind = "payment"
#: Money of a payment went back, or was about to.
RETURN: NotificationKind = "return"
#: refund: given back; reversal: it never stayed; failed: a payment that had been told of was none.
ReturnKind = Literal["refund", "reversal", "failed"]
#: abnormal: it could not be carried out as it should; closed: it was given up.
ReturnStatus = Literal["done", "abnormal", "closed"]
#: Money taken by hand that somebody has to look at before it is matched.
HELD: NotificationKind = "held"
#: Kept and acknowledged only.
OTHER: NotificationKind = "other"


@dataclass(frozen=True, slots=True)
class Kept:
    """The secrets of a channel that do not stand in files, newest first, and whose they are."""

    county: str
    keys: tuple[str, ...]


@dataclass(slots=True)  # not frozen: one is made for each callback, and costs a third so
class Notification:
    """What intake keeps of one verified request.

    `dedupe_key` names the business event at the channel (its transaction number), `content_sha256` what is
    said about it: the same key with another content is a conflict. `earlier_sha256` works out how older
    versions digested the same, for what they stored. `webhook_id` is the sender's message id, if it has one.
    `headers` is JSON text; `content` is given by wallets: the body decrypted, or its form as text. Whoever
    names no county may name the order of it.
    """

    dedupe_key: str
    kind: NotificationKind
    content_sha256: bytes
    headers: str
    webhook_id: str | None = None
    content: bytes | None = None
    county: str | None = None
    coverage_year: int | None = None
    order_no: str | None = None
    earlier_sha256: Callable[[], bytes] | None = None

    def says_the_same_as(self, content_sha256: bytes | None) -> bool:
        """Whether this is what was stored with that digest."""
        if content_sha256 == self.content_sha256:
            return True
        return self.earlier_sha256 is not None and content_sha256 == self.earlier_sha256()


def named_order(said: object, name: str) -> str | None:
    """The order that a wallet names in this field of what it says, if it may be one."""
    value = said.get(name) if isinstance(said, Mapping) else None
    return value if isinstance(value, str) and 0 < len(value) <= 64 and "\x00" not in value else None


@dataclass(frozen=True, slots=True)
class ReportedItem:
    """One insured person as a channel names one, and the part of the money that is meant for that person.

    `repair_fen` of it repair `repaired_years`, in equal parts. With `person_id` somebody was named from a
    list: there is no number, and `name` is masked.
    """

    id_number: str
    name: str
    amount_fen: int
    repaired_years: tuple[int, ...] = ()
    repair_fen: int = 0
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class ReportedPayment:
    """What a channel says about one payment. `doubt` is a reason for suspense that it gives itself.

    `returned`: it was paid, and money of it went back since.
    """

    transaction_no: str
    paid_at: datetime
    amount_fen: int
    order_no: str | None = None
    county: str | None = None
    coverage_year: int | None = None
    items: tuple[ReportedItem, ...] = ()
    doubt: Doubt | None = None
    returned: bool = False


@dataclass(frozen=True, slots=True)
class ReportedReturn:
    """What a channel says about money of one payment that went back; without an amount all that is left.

    `so_far`: the amount is all that went back of the payment until then, not this time alone. `request_no`
    is the number under which the merchant asked for it.
    """

    transaction_no: str
    return_no: str
    kind: ReturnKind
    status: ReturnStatus
    amount_fen: int | None
    returned_at: datetime | None
    id_number: str | None = None
    so_far: bool = False
    request_no: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer in the words of the channel."""

    status: int
    body: bytes
    media_type: str = "application/json"


#: What a channel says of a payment that it is asked about. unpaid: it may still be paid; closed: it never
#: will be; unknown: the channel has no such order.
Outcome = Literal["paid", "unpaid", "closed", "unknown"]


@dataclass(frozen=True, slots=True)
class Question:
    """The payment that a channel is asked about: an order of ours, or a transaction of the channel.

    `ordered_at` is when the order was made.
    """

    order_no: str | None = None
    transaction_no: str | None = None
    ordered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A request to a channel's gateway, signed."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What a gateway answered; names of headers in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Told:
    """What a gateway told. `notification` is what is kept of it where it was paid, else None."""

    outcome: Outcome
    notification: Notification | None = None


#: What a channel says of money that it was asked to give back. processing: it is at it; done, abnormal and
#: closed as in notices; unknown: it knows of no such refund; refused: it will not, and has done nothing;
#: later: it has done nothing, and may another time.
RefundOutcome = Literal["processing", "done", "abnormal", "closed", "unknown", "refused", "later"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Money of one payment that its channel is to give back.

    `request_no` is ours, and the same however often it is asked for; `asked_at` is when it was first.
    `total_fen` is all that was paid.
    """

    request_no: str
    transaction_no: str
    amount_fen: int
    total_fen: int
    asked_at: datetime
    notify_url: str | None = None


@dataclass(frozen=True, slots=True)
class Refunded:
    """What a gateway says of a refund: `word` is its own for it, `notification` what a notice would say."""

    outcome: RefundOutcome
    word: str
    notification: Notification | None = None


class Unclear(Exception):
    """A gateway's answer is not signed by it, is about something else, or says nothing: ask again later.

    The message is a word for the record.
    """


class Gateway(Protocol):
    """Where a channel is asked. `now` is unix seconds of the wall clock, `at` the business clock."""

    def query(self, question: Question, now: int) -> Call | None:
        """Compose the question; None where this channel cannot be asked by what is known."""
        ...

    def told(self, question: Question, reply: Reply, now: int, at: datetime) -> Told:
        """Verify and read the answer. Raises Unclear."""
        ...


class Refunds(Protocol):
    """What gives money back at a gateway.

    `within` is how long after the payment, `most` how often for one payment; None: nobody says.
    """

    @property
    def within(self) -> timedelta | None: ...

    @property
    def most(self) -> int | None: ...

    def ask(self, wanted: Wanted, now: int) -> Call:
        """Ask for the money to be given back: again under the same number is the same."""
        ...

    def asked(self, wanted: Wanted, reply: Reply, now: int, at: datetime) -> Refunded:
        """Verify and read what was answered to that. Raises Unclear."""
        ...

    def query(self, wanted: Wanted, now: int) -> Call:
        """Ask what became of it."""
        ...

    def told(self, wanted: Wanted, reply: Reply, now: int, at: datetime) -> Refunded:
        """Verify and read what was answered to that. Raises Unclear."""
        ...


class Reader(Protocol):
    """What reads stored notifications again."""

    def reported(self, raw: bytes, content: bytes | None) -> ReportedPayment:
        """Read a stored notification of kind `payment`."""
        ...

    def returned(self, raw: bytes, content: bytes | None) -> ReportedReturn:
        """Read a stored notification of kind `return`."""
        ...


class Channel(Reader, Protocol):
    """One adapter. `now` is unix seconds of the wall clock, `received_at` the business clock."""

    @property
    def gateway(self) -> Gateway | None:
        """Where it is asked; None for one that cannot be."""
        ...

    @property
    def signed_by(self) -> tuple[Signature, ...]:
        """How it signs; in more than one way while a sender changes over."""
        ...

    def read(
        self, raw: bytes, headers: Mapping[str, str], *, now: int, received_at: datetime
    ) -> Notification:
        """Verify and parse; raise Problem when the request must be mended."""
        ...

    def accepted(self, payment_id: int) -> Answer:
        """Say that the notification is stored; a repetition gets the same bytes."""
        ...

    def refused(self, problem: Problem) -> Answer | None:
        """Say no in the channel's own form; None: as problem details."""
        ...
