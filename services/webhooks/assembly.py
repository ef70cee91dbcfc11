"""The parts that the web application and the workers of this service share."""

from dataclasses import dataclass

from libs.common.service import ServiceContext
from libs.common.web.outbound import Outbound, networks_of
from services.webhooks.settings import WebhooksSettings


@dataclass(frozen=True)
class WebhooksParts:
    """What calls the addresses."""

    outbound: Outbound


#: What the rooms of this service are given.
WebhooksContext = ServiceContext[WebhooksSettings, WebhooksParts]


def assemble(context: WebhooksContext) -> WebhooksParts:
    """Make the parts of a context; it keeps them. Raises SettingInvalid."""
    return WebhooksParts(Outbound(networks_of(context.settings.internal_networks)))
