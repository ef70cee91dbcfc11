"""Channels as they stand outside: each with its book, its way of telling of money, and its file of a day."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time
from typing import ClassVar
from zoneinfo import ZoneInfo

from canbao.simulator.alipay import AlipaySender
from canbao.simulator.files import alipay, tables, unionpay, wechat
from canbao.simulator.files.books import Book, Moved
from canbao.simulator.standard_webhook import SignedRequest, WebhookSender
from canbao.simulator.unionpay import UnionPaySender
from canbao.simulator.wechat import WeChatSender

CHINA = ZoneInfo("Asia/Shanghai")


class Channel(ABC):
    """A channel of one county: `slug` in its settings, and the `kind` of its file there."""

    kind: ClassVar[str]
    #: The layout of its file, where that is a table.
    profile: ClassVar[str] = ""
    #: Whether people pay orders of ours there, or say themselves whom they pay for.
    of_orders: ClassVar[bool] = True

    def __init__(self, slug: str, book: Book) -> None:
        self.slug, self.book = slug, book

    @abstractmethod
    def number(self, no: int) -> str:
        """A number of a transaction, of this channel's form."""

    @abstractmethod
    def paid(self, one: Moved, people: Sequence[dict[str, object]] = ()) -> SignedRequest:
        """Tell of a payment; `people` say for whom, where there is no order."""

    @abstractmethod
    def given_back(self, paid: Moved, back: Moved, so_far_fen: int) -> SignedRequest:
        """Tell of money that went back; `so_far_fen` of the payment in all."""

    @abstractmethod
    def write(self, rows: Sequence[Moved], day: date) -> bytes:
        """The file of a day with these rows, whatever the book says."""

    def file(self, day: date) -> bytes:
        """The file of a day."""
        return self.write(self.book.of(day), day)

    def _addressed(self, request: SignedRequest) -> SignedRequest:
        return replace(request, path=f"/v1/channels/{self.slug}/notifications")


class WeChatChannel(Channel):
    """WeChat Pay."""

    kind = "wechat_all"

    def __init__(self, slug: str, sender: WeChatSender, book: Book) -> None:
        super().__init__(slug, book)
        self.sender = sender

    def number(self, no: int) -> str:
        """28 digits."""
        return f"42000{no:023d}"

    def paid(self, one: Moved, people: Sequence[dict[str, object]] = ()) -> SignedRequest:
        """Tell of a payment of an order."""
        told = self.sender.payment(
            transaction_id=one.no, out_trade_no=one.order, amount_fen=one.fen, paid_at=one.at
        )
        return self._addressed(told)

    def given_back(self, paid: Moved, back: Moved, so_far_fen: int) -> SignedRequest:
        """Tell of one refund."""
        told = self.sender.refund(
            refund_id=back.return_no, transaction_id=paid.no, amount_fen=back.fen, returned_at=back.at
        )
        return self._addressed(told)

    def write(self, rows: Sequence[Moved], day: date) -> bytes:
        """The bill of everything, packed."""
        return wechat.packed_bill(rows, self.sender.mchid)


class AlipayChannel(Channel):
    """Alipay."""

    kind = "alipay_trade"

    def __init__(self, slug: str, sender: AlipaySender, book: Book) -> None:
        super().__init__(slug, book)
        self.sender = sender

    def number(self, no: int) -> str:
        """28 digits, a date in front."""
        return f"20191101{no:020d}"

    def paid(self, one: Moved, people: Sequence[dict[str, object]] = ()) -> SignedRequest:
        """Tell of a paid trade."""
        told = self.sender.payment(
            trade_no=one.no, out_trade_no=one.order, amount_fen=one.fen, paid_at=one.at
        )
        return self._addressed(told)

    def given_back(self, paid: Moved, back: Moved, so_far_fen: int) -> SignedRequest:
        """Tell what went back of a trade in all."""
        told = self.sender.refund(
            trade_no=paid.no, out_trade_no=paid.order, amount_fen=paid.fen, paid_at=paid.at,
            refunded_fen=so_far_fen, returned_at=back.at, request_no=back.return_no,
        )  # fmt: skip
        return self._addressed(told)

    def write(self, rows: Sequence[Moved], day: date) -> bytes:
        """The bill in its zip."""
        return alipay.packed_bill(rows, _begin(day), self.sender.seller_id)


class UnionPayChannel(Channel):
    """UnionPay, whose day ends at eleven in the evening."""

    kind = "unionpay_zm"

    def __init__(self, slug: str, sender: UnionPaySender, book: Book) -> None:
        super().__init__(slug, replace(book, ends_at=time(23)))
        self.sender = sender

    def number(self, no: int) -> str:
        """21 digits."""
        return f"{no:021d}"

    def paid(self, one: Moved, people: Sequence[dict[str, object]] = ()) -> SignedRequest:
        """Tell of a purchase."""
        told = self.sender.payment(query_id=one.no, order_id=one.order, amount_fen=one.fen, paid_at=one.at)
        return self._addressed(told)

    def given_back(self, paid: Moved, back: Moved, so_far_fen: int) -> SignedRequest:
        """Tell of one refund."""
        told = self.sender.refund(
            query_id=back.return_no, original_id=paid.no, order_id=f"R{back.return_no}",
            amount_fen=back.fen, returned_at=back.at,
        )  # fmt: skip
        return self._addressed(told)

    def write(self, rows: Sequence[Moved], day: date) -> bytes:
        """The file of what succeeded."""
        return unionpay.trades(rows, merchant=self.sender.mer_id)


class TaxChannel(Channel):
    """The tax bureau: it says for whom people paid, and gives a table of each day."""

    kind, profile, of_orders = "tax_table", "tax-day", False

    def __init__(self, slug: str, sender: WebhookSender, book: Book) -> None:
        super().__init__(slug, book)
        self.sender = sender

    def number(self, no: int) -> str:
        """A number of an electronic tax receipt."""
        return f"335{no:015d}"

    def paid(self, one: Moved, people: Sequence[dict[str, object]] = ()) -> SignedRequest:
        """Tell of a payment, and for whom."""
        told = {"transaction_no": one.no, "paid_at": one.at.isoformat(), "amount_fen": one.fen}
        # What a number is told of twice with other words is another message.
        return self.sender.payment({**told, **_for(people)}, message_id=f"{one.no}-{one.fen}")

    def given_back(self, paid: Moved, back: Moved, so_far_fen: int) -> SignedRequest:
        """Tell of one refund."""
        told = {
            "transaction_no": paid.no,
            "return_no": back.return_no,
            "amount_fen": back.fen,
            "returned_at": back.at.isoformat(),
        }
        return self.sender.event("payment.refunded", told)

    def reversed(self, told: Moved, back: Moved) -> SignedRequest:
        """Take back all of what was told of a payment, whatever that was."""
        said = {"transaction_no": told.no, "return_no": back.return_no, "returned_at": back.at.isoformat()}
        return self.sender.event("payment.reversed", said)

    def write(self, rows: Sequence[Moved], day: date) -> bytes:
        """The table of the day as CSV."""
        return tables.as_csv(tables.tax(rows, _begin(day)))


def _for(people: Sequence[dict[str, object]]) -> dict[str, object]:
    """For whom a payment is; a season of several counties would say which."""
    if not people:
        return {}
    season = {name: people[0][name] for name in ("county", "coverage_year")}
    return season | {
        "items": [{name: one[name] for name in ("id_number", "name", "amount_fen")} for one in people]
    }


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), CHINA)
