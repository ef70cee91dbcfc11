"""What an operator can set for subsidy: `CANBAO_SUBSIDY_*`, beside the common settings."""

from pathlib import Path

from pydantic import Field

from libs.common.settings import ServiceSettings


class SubsidySettings(ServiceSettings):
    """Settings of the subsidy service."""

    account_key: str | None = Field(
        default=None,
        description="32 random bytes in base64 that seal account numbers; without it none can be read again",
    )
    bank_profile: str = Field(
        default="generic", description="layout of payout files unless a request names another"
    )
    result_profile: str = Field(
        default="generic", description="layout of banks' result files unless a request names another"
    )
    profiles_dir: Path | None = Field(
        default=None, description="directory of further layouts of banks' files, one JSON file each"
    )
    card_days: int = Field(
        default=14,
        ge=1,
        le=180,
        description="days without a card after which an alert about payouts is raised",
    )
