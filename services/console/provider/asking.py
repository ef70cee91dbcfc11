"""Speaks OpenID Connect with the provider: discovery, the code for tokens, and what they prove.

Protocol and checks are Authlib's and joserfc's; HTTP is ours.
"""

import ssl
from collections.abc import Mapping
from functools import cached_property

import httpx
import structlog
from authlib.common.urls import add_params_to_uri
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from pydantic import TypeAdapter, ValidationError

from libs.common.settings import SettingInvalid
from services.console.provider.rules import ALGORITHMS, NotEntered, Terms
from services.console.provider.schemas import Metadata, Tokens
from services.console.provider.store import Attempt

log = structlog.get_logger(__name__)

_TIMEOUT = httpx.Timeout(10, connect=3)
#: How far the clocks of two machines may differ.
_LEEWAY_SECONDS = 30
_OBJECT = TypeAdapter(dict[str, object])
_FORM = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}


class Provider:
    """The provider of the terms. What it says of itself is asked anew: people sign in a few times a day."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms

    async def metadata(self) -> Metadata:
        """What the provider says of itself. Raises NotEntered."""
        address = get_well_known_url(self.terms.issuer, external=True)
        answer = await self._send("GET", address)
        try:
            found = Metadata.model_validate_json(answer.content)
        except ValidationError as error:
            raise _away("metadata", error) from None
        if found.issuer != self.terms.issuer:
            log.error("provider_names_itself_otherwise", issuer=found.issuer)
            raise _disbelieved()
        return found

    def way_there(self, metadata: Metadata, attempt: Attempt) -> str:
        """Where a browser signs in."""
        return str(
            prepare_grant_uri(
                metadata.authorization_endpoint, self.terms.client_id, "code", self.terms.answer_address,
                self.terms.scopes, attempt.state, nonce=attempt.nonce,
                code_challenge=create_s256_code_challenge(attempt.verifier), code_challenge_method="S256",
            )
        )  # fmt: skip

    def way_out(self, metadata: Metadata) -> str:
        """Where a browser signs out there, too; empty where the provider has no such place."""
        if metadata.end_session_endpoint is None:
            return ""
        # No `id_token_hint`: it would bring a token into addresses and histories.
        said = [("client_id", self.terms.client_id), ("post_logout_redirect_uri", self.terms.left_address)]
        return str(add_params_to_uri(metadata.end_session_endpoint, said))

    async def claims(self, metadata: Metadata, code: str, attempt: Attempt) -> Mapping[str, object]:
        """Exchange a code, and give what is proven of who came. Raises NotEntered."""
        tokens = await self._exchange(metadata, code, attempt.verifier)
        keys = await self._send("GET", metadata.jwks_uri)
        try:
            proven = self._proven(tokens, metadata, keys.json(), attempt.nonce)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            log.warning("id_token_disbelieved", error=type(error).__name__)
            raise _disbelieved() from None
        if metadata.userinfo_endpoint is None:
            return proven
        return {**await self._told(metadata.userinfo_endpoint, tokens, str(proven["sub"])), **proven}

    async def _exchange(self, metadata: Metadata, code: str, verifier: str) -> Tokens:
        terms, methods = self.terms, metadata.token_endpoint_auth_methods_supported
        basic = "client_secret_basic" in methods or "client_secret_post" not in methods
        how = ("client_secret_basic" if basic else "client_secret_post") if terms.client_secret else "none"
        body = prepare_token_request(
            "authorization_code", "", terms.answer_address, code=code, code_verifier=verifier
        )
        address, headers, body = ClientAuth(terms.client_id, terms.client_secret, how).prepare(
            "POST", metadata.token_endpoint, dict(_FORM), body
        )
        answer = await self._send("POST", address, headers, body)
        try:
            return Tokens.model_validate_json(answer.content)
        except ValidationError:
            log.warning("code_not_exchanged", status=answer.status_code)
            raise _disbelieved() from None

    def _proven(self, tokens: Tokens, metadata: Metadata, keys: object, nonce: str) -> Mapping[str, object]:
        """What the ID token proves. Raises JoseError, ValueError, TypeError and KeyError."""
        algorithms = [name for name in metadata.id_token_signing_alg_values_supported if name in ALGORITHMS]
        if not algorithms:
            # The registry would take an empty list for its own choice.
            raise ValueError("the provider signs by nothing that is believed here")
        registry = JWSRegistry(algorithms=algorithms, strict_check_header=False)
        token = jwt.decode(tokens.id_token, KeySet.import_key_set(keys), registry=registry)  # type: ignore[arg-type]
        claims = CodeIDToken(
            token.claims,
            token.header,
            {
                "iss": {"essential": True, "value": self.terms.issuer},
                "aud": {"essential": True, "value": self.terms.client_id},
                "sub": {"essential": True},
            },
            {"nonce": nonce, "client_id": self.terms.client_id, "access_token": tokens.access_token},
        )
        claims.validate(leeway=_LEEWAY_SECONDS)
        return dict(claims)

    async def _told(self, address: str, tokens: Tokens, subject: str) -> Mapping[str, object]:
        """What the provider says of somebody beside the token; of somebody else, nothing."""
        answer = await self._send("GET", address, {"authorization": f"Bearer {tokens.access_token}"})
        try:
            told = _OBJECT.validate_json(answer.content) if answer.is_success else {}
        except ValidationError:
            return {}  # a signed answer, perhaps: then the ID token has to say all
        return told if told.get("sub") == subject else {}

    async def _send(
        self, method: str, address: str, headers: Mapping[str, str] | None = None, body: str = ""
    ) -> httpx.Response:
        try:
            async with httpx.AsyncClient(verify=self._trusted, timeout=_TIMEOUT, trust_env=False) as http:
                answer = await http.request(method, address, headers=headers, content=body or None)
        except httpx.HTTPError as error:
            raise _away(address, error) from None
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise _away(address, None)
        return answer

    @cached_property
    def _trusted(self) -> ssl.SSLContext:
        if self.terms.authority is None:
            return httpx.create_ssl_context()
        try:
            return ssl.create_default_context(cafile=self.terms.authority)
        except (OSError, ssl.SSLError):
            raise SettingInvalid("CANBAO_CONSOLE_OIDC_CA must name a PEM file with certificates") from None


def _away(where: str, error: Exception | None) -> NotEntered:
    log.warning("provider_away", where=where, error=type(error).__name__)
    return NotEntered(
        "provider_away",
        "The authorization server does not answer. Try again in a minute, or tell the operators.",
        "统一身份认证暂时无法连接，请一两分钟后再试；如一直如此，请告知系统运维人员。",
    )


def _disbelieved() -> NotEntered:
    return NotEntered(
        "disbelieved",
        "What the authorization server said could not be verified. Sign in again; if it stays so, the "
        "operators have to compare issuer, client and clocks of both sides.",
        "统一身份认证的答复未通过校验，请重新登录；如一直如此，请系统运维人员核对签发者、客户端编号和两端时钟。",
    )
