"""Answers "what does the channel of this step send?": notifications signed with keys of a data directory.

Signatures carry the wall clock, as the services' signature checks do; the business instants are in the data.
"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from canbao.replay.scenario import Step
from canbao.simulator.keys import webhook_senders, wechat_sender
from canbao.simulator.standard_webhook import SignedRequest
from libs.common.security.webhooks import generate_secret


class Channels:
    """Banks, tax office, village agents and WeChat Pay, as far as their notifications go."""

    def __init__(self, data_dir: Path) -> None:
        self._senders = webhook_senders(data_dir)
        self._wechat = wechat_sender(data_dir)

    def notification(self, step: Step) -> SignedRequest:
        """What a Standard Webhooks channel sends; `forged` signs with a secret that nobody was given."""
        data, channel = step.body["data"], step.body["channel"]
        sender = self._senders[channel]
        if step.body.get("forged"):
            sender = replace(sender, secrets=(generate_secret(),))
        # The same transaction with another body is another message of the sender: it has an id of its own.
        return sender.payment(data, message_id=f"{data['transaction_no']}-{data['amount_fen']}")

    def order_notification(self, step: Step, order: dict[str, Any]) -> SignedRequest:
        """What WeChat Pay sends a second after the order of a step was paid."""
        return self._wechat.payment(
            transaction_id=step.body["transaction_no"],
            out_trade_no=order["order_no"],
            amount_fen=step.body.get("amount_fen", order["amount_fen"]),
            paid_at=step.at + timedelta(seconds=1),
        )
