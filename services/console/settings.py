"""The settings of the console."""

from pathlib import Path
from typing import Literal

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
    figures_seconds: int = Field(
        default=60,
        ge=0,
        le=3600,
        description="figures of a whole county may have been counted so long ago; older ones are shown once "
        "more while they are counted anew, at most ten times as old; 0: always counted anew",
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
    sign_in: Literal["provider", "both"] = Field(
        default="provider",
        description="where an OIDC issuer is set: whether local users may sign in beside it",
    )
    public_url: str | None = Field(
        default=None, description="where browsers reach the console: https://canbao.county.example/console"
    )
    upload_limit_mib: int = Field(
        default=512, ge=1, description="the largest file that is passed on to a service"
    )
    oidc_issuer: str | None = Field(
        default=None,
        description="the OpenID Connect provider, as its tokens name it; none: local users alone",
    )
    oidc_client_id: str | None = None
    oidc_client_secret: str | None = Field(default=None, description="none: a public client, with PKCE alone")
    oidc_scopes: str = "openid profile"
    oidc_ca: Path | None = Field(
        default=None, description="PEM file of the authority that signed the provider's certificate"
    )
    oidc_name_claim: str = Field(default="preferred_username", description="what a user is called in audits")
    oidc_role_claim: str = Field(
        default="role", description="a word or a list; dots lead into objects, as in realm_access.roles"
    )
    oidc_division_claim: str = "division"
    oidc_department_claim: str = "department"
    oidc_unit_claim: str = "unit"
    oidc_roles: str | None = Field(
        default=None, description='{"THEIR WORD": "township_officer", ...}; JSON; none: they say our words'
    )
