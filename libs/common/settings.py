"""Answers "which environment variables does a process read?": settings that all services share."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

REPOSITORY = Path(__file__).resolve().parents[2]


class CommonSettings(BaseSettings):
    """Settings of every process, read from `CANBAO_*`."""

    model_config = SettingsConfigDict(env_prefix="CANBAO_", extra="ignore")

    bus: Literal["embedded", "kafka"] = "embedded"
    bus_database_url: str | None = Field(default=None, description="where the embedded bus keeps its log")
    kafka_bootstrap: str = "127.0.0.1:9092"
    bus_partitions: int = Field(default=12, ge=1, le=1024)
    clock: Literal["system", "movable"] = "system"
    policies_dir: Path = REPOSITORY / "policies"
    jwks: str | None = Field(default=None, description="path of a JWKS file, or the JSON itself")
    token_audience: str = "canbao"
    identity_key: str | None = Field(default=None, description="base64 key of the identity digests")
    log_level: str = "INFO"
    data_dir: Path | None = Field(default=None, description="where the embedded default keeps its state")


class ServiceSettings(CommonSettings):
    """Settings of one service; a subclass adds its own with the prefix `CANBAO_<SERVICE>_`."""

    database_url: str | None = None
    host: str = "127.0.0.1"
    port: int = 8000
