"""What the channel of a step sends: notifications signed with the keys of a data directory.

Signatures carry the wall clock, as the services' signature checks do; the business instants are in the data.
"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from canbao.replay.scenario import Callback, Order, UnitOrder
from canbao.simulator.keys import webhook_senders, wechat_sender
from canbao.simulator.standard_webhook import SignedRequest
from libs.common.security.webhooks import generate_secret


class Channels:
    """Banks, tax office, village agents and WeChat Pay, as far as their notifications go."""

    def __init__(self, data_dir: Path) -> None:
        self._senders = webhook_senders(data_dir)
        self._wechat = wechat_sender(data_dir)

    def notification(self, told: Callback) -> SignedRequest:
        """What a Standard Webhooks channel sends; `forged` signs with a secret that nobody was given."""
        sender = self._senders[told.channel]
        if told.forged:
            sender = replace(sender, secrets=(generate_secret(),))
        # The same transaction with another body is another message of the sender: it has an id of its own.
        message_id = f"{told.data['transaction_no']}-{told.data['amount_fen']}"
        return sender.payment(told.data, message_id=message_id)

    def order_notification(self, ordered: Order, order_no: str, amount_fen: int) -> SignedRequest:
        """What WeChat Pay sends a second after an order was paid."""
        return self._wechat.payment(
            transaction_id=ordered.transaction_no,
            out_trade_no=order_no,
            amount_fen=amount_fen if ordered.amount_fen is None else ordered.amount_fen,
            paid_at=ordered.at + timedelta(seconds=1),
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
