"""Answers "with which keys do the simulated channels sign?": those of the data directory, or of the settings."""

from pathlib import Path

import orjson

from canbao.simulator.standard_webhook import WebhookSender
from canbao.simulator.wechat import WeChatSender
from services.collection.channels import sandbox


def webhook_senders(data_dir: Path, configured: str | None = None) -> dict[str, WebhookSender]:
    """Every webhook channel by slug. `configured` is CANBAO_COLLECTION_CHANNELS, as JSON or a path."""
    if configured is None:
        secrets = sandbox.ensure(data_dir)["channels"]
    else:
        secrets = orjson.loads(
            configured if configured.lstrip().startswith("{") else Path(configured).read_bytes()
        )
    return {slug: WebhookSender(slug, (texts[0],)) for slug, texts in secrets.items()}


def wechat_sender(data_dir: Path) -> WeChatSender:
    """WeChat Pay as the sandbox keys of the data directory know it."""
    return WeChatSender.of(sandbox.ensure(data_dir)["wechat"])
