"""The settings of registration, and the context that its rooms are given."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from libs.common.service import ServiceContext
from libs.common.settings import ServiceSettings


class RegistrationSettings(ServiceSettings):
    """Settings read from `CANBAO_*` and `CANBAO_REGISTRATION_*`."""

    model_config = SettingsConfigDict(env_prefix="CANBAO_REGISTRATION_", extra="ignore")

    assess_batch: int = Field(
        default=1000, ge=1, le=10_000, description="enrollments assessed per transaction"
    )
    import_chunk: int = Field(default=5_000, ge=100, le=50_000, description="file rows per transaction")
    chase_stale_days: int = Field(
        default=14, ge=1, le=90, description="days without a step after which another may take a person over"
    )
    warning_days: int = Field(
        default=7, ge=1, le=60, description="days before a deadline of the notice on which an alert is raised"
    )
    goal_margin: int = Field(
        default=10, ge=0, le=100, description="points behind the straight line that raise no alert yet"
    )
    message_gateways: str | None = Field(
        default=None,
        description='{"COUNTY": {"url": "https://...", "token": "..."}}: who sends reminders, "*" for '
        "every other; JSON, or the path of a JSON file",
    )
    upload_limit_mib: int = Field(default=512, ge=1, description="the largest file that is accepted")


#: What the rooms of this service are given; it has no parts of its own.
RegistrationContext = ServiceContext[RegistrationSettings, None]
