"""What the channel of a step sends: notifications signed with the keys of a data directory, and its own book.

Signatures carry the wall clock, as the services' signature checks do; the business instants are in the data.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from canbao.replay.scenario import Callback, Order, UnitOrder
from canbao.simulator.files.books import Book
from canbao.simulator.keys import webhook_senders, wechat_sender
from canbao.simulator.standard_webhook import SignedRequest
from libs.common.security.webhooks import generate_secret

#: From here on an answer says that nothing was taken.
_REFUSED = 400
#: What channels took, by county and channel.
Books = Mapping[tuple[str, str], Book]


class Channels:
    """Banks, tax office, village agents and WeChat Pay, as far as their notifications go.

    What one of them really took is entered in its book, if `books` has one for the county.
    """

    def __init__(self, data_dir: Path, books: Books | None = None) -> None:
        self._senders = webhook_senders(data_dir)
        self._wechat = wechat_sender(data_dir)
        self._books = books or {}

    def notification(self, told: Callback) -> SignedRequest:
        """What a Standard Webhooks channel sends; `forged` signs with a secret that nobody was given."""
        sender = self._senders[told.channel]
        if told.forged:
            sender = replace(sender, secrets=(generate_secret(),))
        elif told.expect < _REFUSED:
            self._enter(told)
        # The same transaction with another body is another message of the sender: it has an id of its own.
        message_id = f"{told.data['transaction_no']}-{told.data['amount_fen']}"
        return sender.payment(told.data, message_id=message_id)

    def order_notification(self, ordered: Order, order_no: str, amount_fen: int) -> SignedRequest:
        """What WeChat Pay sends a second after an order was paid."""
        fen = amount_fen if ordered.amount_fen is None else ordered.amount_fen
        paid_at = ordered.at + timedelta(seconds=1)
        if (book := self._books.get((ordered.county, ordered.channel))) is not None:
            book.take(ordered.transaction_no, fen, paid_at, order_no)
        return self._wechat.payment(
            transaction_id=ordered.transaction_no, out_trade_no=order_no, amount_fen=fen, paid_at=paid_at
        )

    def unit_notification(self, ordered: UnitOrder, order_no: str, amount_fen: int) -> SignedRequest:
        """What a channel tells a second after a unit paid its order."""
        return self._senders[ordered.channel].payment(
            {
                "transaction_no": ordered.transaction_no,
                "paid_at": (ordered.at + timedelta(seconds=1)).isoformat(),
                "amount_fen": amount_fen,
                "county": ordered.county,
                "coverage_year": ordered.coverage_year,
                "order_no": order_no,
            }
        )

    def _enter(self, told: Callback) -> None:
        """Enter a payment that the channel tells of."""
        book = self._books.get((str(told.data.get("county")), told.channel))
        if book is None:
            return
        number, fen, paid_at = (str(told.data[name]) for name in ("transaction_no", "amount_fen", "paid_at"))
        book.take(number, int(fen), datetime.fromisoformat(paid_at), "")
