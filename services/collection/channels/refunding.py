"""Which channels can be asked to give money back."""

from services.collection.channels.alipay_gateway import AlipayGateway
from services.collection.channels.alipay_refunding import AlipayRefunds
from services.collection.channels.generic import StandardWebhookChannel
from services.collection.channels.port import Channel, Refunds
from services.collection.channels.unionpay_gateway import UnionPayGateway
from services.collection.channels.unionpay_refunding import UnionPayRefunds
from services.collection.channels.wechat_gateway import WeChatGateway
from services.collection.channels.wechat_refunding import WeChatRefunds


def refunds_of(channel: Channel | None) -> Refunds | None:
    """What gives money back at a channel; None where it cannot be asked."""
    if isinstance(channel, StandardWebhookChannel):
        return channel.refunds
    match channel.gateway if channel is not None else None:
        case WeChatGateway() as gateway:
            return WeChatRefunds(gateway)
        case AlipayGateway() as gateway:
            return AlipayRefunds(gateway)
        case UnionPayGateway() as gateway:
            return UnionPayRefunds(gateway)
        case _:
            return None
