"""The keys with which the simulated channels sign: those that the embedded default made up."""

from pathlib import Path

from canbao.embedded_state import EmbeddedState
from canbao.simulator.standard_webhook import WebhookSender
from canbao.simulator.wechat import WeChatSender


def webhook_senders(data_dir: Path) -> dict[str, WebhookSender]:
    """Every webhook channel of a data directory, by slug."""
    secrets = EmbeddedState(data_dir).webhook_secrets()
    return {slug: WebhookSender(slug, (texts[0],)) for slug, texts in secrets.items()}


def wechat_sender(data_dir: Path) -> WeChatSender:
    """WeChat Pay, as the merchant of a data directory knows it."""
    return WeChatSender.of(EmbeddedState(data_dir).wechat())
