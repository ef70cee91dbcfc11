"""The settings that webhooks have of their own."""

from pydantic import Field

from libs.common.settings import ServiceSettings


class WebhooksSettings(ServiceSettings):
    """Settings read from `CANBAO_*` and `CANBAO_WEBHOOKS_*`."""

    kept_days: int = Field(
        default=30, ge=7, le=400, description="days for which facts are kept to be told, and told again"
    )
    pause_failures: int = Field(
        default=10, ge=2, le=1000, description="attempts in a row that fail before an address is paused"
    )
    pause_hours: int = Field(
        default=24, ge=1, le=720, description="hours since the first of them before an address is paused"
    )
