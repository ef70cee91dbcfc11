"""The settings of the console."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from libs.common.settings import ServiceSettings


class ConsoleSettings(ServiceSettings):
    """Settings read from `CANBAO_*` and `CANBAO_CONSOLE_*`."""

    model_config = SettingsConfigDict(env_prefix="CANBAO_CONSOLE_", extra="ignore")

    apis: str | None = Field(
        default=None,
        description='{"registration": "http://registration:8001", ...}: where the APIs are; JSON',
    )
    signing_key: str | None = Field(
        default=None,
        description="PEM file of the key that signs short tokens of who is signed in; CANBAO_JWKS has its "
        "public part",
    )
    idle_minutes: int = Field(
        default=30, ge=1, le=480, description="a session ends when nobody asked for so long"
    )
    session_hours: int = Field(
        default=10, ge=1, le=24, description="a session ends after so long, in any case"
    )
    sign_ins_per_minute: int = Field(
        default=30, ge=1, le=1000, description="attempts to sign in from one address that are looked at"
    )
