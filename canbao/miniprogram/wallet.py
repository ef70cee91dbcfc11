"""Who pays in the demo: a wallet that tells collection of the money, signed, as WeChat Pay would."""

from datetime import UTC, datetime, timedelta

import httpx

from canbao.miniprogram.schemas import Order
from canbao.simulator.wechat import WeChatSender
from libs.common.clock import CLOCK_HEADER


class Wallet:
    """WeChat's side; a payment of one order is one transaction however often it is told."""

    def __init__(self, http: httpx.AsyncClient, url: str, sender: WeChatSender) -> None:
        self._http, self._url, self._sender = http, url, sender

    async def pay(self, order: Order, at: datetime | None) -> bool:
        """Take the money, a second later, and tell of it; give whether collection has taken the message."""
        paid_at = (at or datetime.now(UTC)) + timedelta(seconds=1)
        told = self._sender.payment(
            transaction_id=f"4200{order.order_no.removeprefix('CB')}",
            out_trade_no=order.order_no,
            amount_fen=order.amount_fen,
            paid_at=paid_at,
        )
        headers = told.headers | ({CLOCK_HEADER: at.isoformat()} if at is not None else {})
        answer = await self._http.post(f"{self._url}{told.path}", content=told.body, headers=headers)
        return answer.is_success
