"""The settings that all services share, read from environment variables."""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

#: The checkout; of an installed wheel the directory of its packages, where `policies` stands too.
REPOSITORY = Path(__file__).resolve().parents[2]


def default_data_dir() -> Path:
    """Say where the embedded default keeps its state: one place per user, whatever the working directory.

    For root that is below /var/lib, because the unprivileged user who runs PostgreSQL for root must reach it.
    """
    if os.geteuid() == 0:
        return Path("/var/lib/canbao/default")
    state = os.environ.get("XDG_STATE_HOME")
    return (Path(state) if state else Path.home() / ".local" / "state") / "canbao"


class SettingInvalid(ValueError):
    """A setting cannot be used; the message names the variable and the mend, and is all an operator sees."""


class CommonSettings(BaseSettings):
    """Settings of every process, read from `CANBAO_*`."""

    # An empty variable is one that was not filled in: `NAME=` in an .env file.
    model_config = SettingsConfigDict(env_prefix="CANBAO_", extra="ignore", env_ignore_empty=True)

    bus: Literal["embedded", "kafka"] = "embedded"
    bus_database_url: str | None = Field(default=None, description="where the embedded bus keeps its log")
    kafka_bootstrap: str = "127.0.0.1:9092"
    kafka_username: str | None = Field(default=None, description="who we are to the brokers (SASL)")
    kafka_password: str | None = None
    kafka_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "PLAIN"
    kafka_tls: bool = Field(default=False, description="whether brokers are spoken to encrypted")
    kafka_ca: Path | None = Field(
        default=None,
        description="certificates (PEM) that brokers are believed by, beside those of the system",
    )
    bus_partitions: int = Field(default=12, ge=1, le=1024)
    outbox_retention_days: int = Field(
        default=400, ge=1, description="published events are kept so long, to be verified or published again"
    )
    clock: Literal["system", "movable"] = "system"
    policies_dir: Path = REPOSITORY / "policies"
    jwks: str | None = Field(default=None, description="path of a JWKS file, or the JSON itself")
    token_audience: str = "canbao"
    token_issuer: str = Field(default="canbao", description="the `iss` of tokens that are believed")
    identity_key: str | None = Field(default=None, description="base64 key of the identity digests")
    sealing_keys: str | None = Field(
        default=None, description="base64 keys that wrap the data keys, newest first, separated by commas"
    )
    sealing_keys_file: Path | None = Field(default=None, description="a file of them instead, one a line")
    proxies: str = Field(
        default="127.0.0.1", description="addresses of proxies whose X-Forwarded-For is believed; * for any"
    )
    guess_limit: int = Field(
        default=60,
        ge=1,
        description="failed searches of one token at one address within 15 minutes",
    )
    token_requests_per_minute: int = Field(
        default=30_000,
        ge=0,
        description="requests of one token; 4 times as many of who orders for others; 0: no limit",
    )
    address_requests_per_minute: int = Field(
        default=120_000, ge=0, description="requests of one address that is no proxy; 0: no limit"
    )
    alert_webhooks: str | None = Field(
        default=None,
        description='{"COUNTY": {"url": "https://...", "secret": "whsec_..."}}: where alerts of a county are '
        'told, "*" for every other; JSON, or the path of a JSON file',
    )
    look_seconds: float = Field(
        default=60.0, gt=0, description="seconds between looks at what time has brought (alerts)"
    )
    internal_networks: str = Field(
        default="",
        description="networks of our own that may be called, such as 10.1.0.0/16, separated by commas",
    )
    log_level: str = "INFO"
    data_dir: Path | None = Field(default=None, description="where the embedded default keeps its state")
    pg_programs: Path | None = Field(
        default=None, description="where pg_dump and pg_restore are; those of the wheel speak no TLS"
    )
    archive_dir: Path | None = Field(
        default=None, description="where the embedded PostgreSQL copies its log, for recovery to an instant"
    )

    @property
    def state_dir(self) -> Path:
        """`data_dir`, or the default one."""
        return self.data_dir or default_data_dir()


class ServiceSettings(CommonSettings):
    """Settings of one service; a subclass adds its own with the prefix `CANBAO_<SERVICE>_`.

    What it shares with all others it reads from `CANBAO_<NAME>`, unless `CANBAO_<SERVICE>_<NAME>` is set.
    Make it with `service_settings(definition)`, which knows the prefix.
    """

    database_url: str | None = None
    host: str = "127.0.0.1"
    port: int = 8000

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Look into the arguments, then the variables of the service, then those of all services."""
        return init_settings, env_settings, _SharedVariables(settings_cls, env_prefix="CANBAO_")


class _SharedVariables(EnvSettingsSource):
    """`CANBAO_*`, for the fields of CommonSettings only: one database URL must not serve four services."""

    def __call__(self) -> dict[str, object]:
        return {
            name: value for name, value in super().__call__().items() if name in CommonSettings.model_fields
        }
