"""What the provider answers; members that nobody here needs are passed over."""

from pydantic import BaseModel, field_validator

from services.console.provider.rules import is_private


class Metadata(BaseModel):
    """What the provider says of itself (OpenID Connect Discovery)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None
    id_token_signing_alg_values_supported: list[str]
    token_endpoint_auth_methods_supported: list[str] = ["client_secret_basic"]
    authorization_response_iss_parameter_supported: bool = False

    @field_validator(
        "authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint", "end_session_endpoint"
    )
    @classmethod
    def _nobody_listens(cls, address: str | None) -> str | None:
        if address is not None and not is_private(address):
            raise ValueError("must begin with https://")
        return address


class Tokens(BaseModel):
    """What a code is exchanged for."""

    id_token: str
    access_token: str
