"""Verifies bearer tokens (JWTs), and says who calls.

Expiry follows the wall clock, never the business clock.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
import structlog

from libs.common.security.caller import Caller
from libs.common.security.keys import ISSUER, thumbprint

log = structlog.get_logger(__name__)

#: How far the clocks of two machines may differ.
LEEWAY_SECONDS = 30
# What a key may be used for follows from the key, never from the token.
_ALGORITHMS = {("OKP", "Ed25519"): ("EdDSA",), ("EC", "P-256"): ("ES256",), ("RSA", None): ("RS256", "PS256")}
# Verified tokens that are remembered: a client sends the same one with every request.
_REMEMBERED = 1024
# A file of keys is looked at for changes at most this often.
_FRESH_SECONDS = 5.0


class TokenRejected(ValueError):
    """The token is not to be believed; the sentences say why without repeating any of it."""

    def __init__(self, message: str, message_zh: str) -> None:
        super().__init__(message)
        self.message_zh = message_zh


@dataclass
class Authenticator:
    """Believes tokens signed by one of the keys of `source`, for `audience`, by `issuer`.

    `source`: a key set, its JSON, or the path of a file with it. A file is read again when it changes, so
    that keys are added and retired without a restart.
    """

    source: str | Path | Mapping[str, Any]
    audience: str = "canbao"
    issuer: str = ISSUER
    _keys: dict[str, jwt.PyJWK] = field(default_factory=dict, repr=False)
    _file: Path | None = field(default=None, repr=False)
    _stamp: tuple[int, int] | None = field(default=None, repr=False)
    _looked_at: float = field(default=0.0, repr=False)
    _believed: dict[str, tuple[float, Caller]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if isinstance(self.source, Mapping):
            self._keys = _verification_keys(self.source)
        elif isinstance(self.source, str) and self.source.lstrip().startswith("{"):
            self._keys = _verification_keys(json.loads(self.source))
        else:
            self._file = Path(self.source)
            self._refresh()

    def authenticate(self, token: str) -> Caller:
        """Verify signature, algorithm, times, audience and issuer; raise TokenRejected saying what failed."""
        try:
            self._refresh()
        except (OSError, ValueError, KeyError):
            # Half-written or gone for a moment: what was believed a moment ago is better than nobody.
            log.error("key_set_unreadable", path=str(self._file), exc_info=True)
            self._looked_at = time.monotonic()
        until, caller = self._believed.get(token, (0.0, None))
        if caller is None or time.time() >= until:
            self._believed.pop(token, None)
            claims = self._verified_claims(token)
            caller = _caller_of(claims)
            if len(self._believed) >= _REMEMBERED:
                self._believed.clear()
            self._believed[token] = (claims["exp"], caller)
        return caller

    def _verified_claims(self, token: str) -> dict[str, Any]:
        try:
            key = self._key_for(jwt.get_unverified_header(token).get("kid"))
            return jwt.decode(
                token, key, algorithms=[key.algorithm_name], audience=self.audience, issuer=self.issuer,
                leeway=LEEWAY_SECONDS, options={"require": ["exp", "iat", "sub", "aud", "iss"]},
            )  # fmt: skip
        except jwt.ExpiredSignatureError:
            raise TokenRejected("The token has expired.", "令牌已过期。") from None
        except jwt.ImmatureSignatureError:
            raise TokenRejected("The token is not valid yet.", "令牌尚未生效。") from None
        except jwt.InvalidAudienceError:
            raise TokenRejected(
                "The token is meant for another audience.", "令牌的受众（aud）不是本系统。"
            ) from None
        except jwt.InvalidIssuerError:
            raise TokenRejected(
                "The token was issued by someone else.", "令牌的签发者（iss）不被认可。"
            ) from None
        except jwt.MissingRequiredClaimError as error:
            raise TokenRejected(
                f"The token lacks the claim {error.claim}.", f"令牌缺少声明 {error.claim}。"
            ) from None
        except jwt.InvalidTokenError:
            raise TokenRejected("The token or its signature is not valid.", "令牌或其签名无效。") from None

    def _key_for(self, kid: str | None) -> jwt.PyJWK:
        if kid is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        if (key := self._keys.get(kid or "")) is None:
            raise TokenRejected(
                "The token is signed by a key that is not known here.", "令牌由未登记的密钥签发。"
            )
        return key

    def _refresh(self) -> None:
        now = time.monotonic()
        if self._file is None or (self._stamp is not None and now - self._looked_at < _FRESH_SECONDS):
            return
        status = self._file.stat()
        stamp = (status.st_mtime_ns, status.st_size)
        if stamp != self._stamp:
            self._keys = _verification_keys(json.loads(self._file.read_text()))
            self._believed.clear()
        self._stamp, self._looked_at = stamp, now


def _caller_of(claims: Mapping[str, Any]) -> Caller:
    division = claims.get("division")
    if not isinstance(division, str) or not (division == "*" or _is_division(division)):
        raise TokenRejected(
            "The token says for no division what it may see: it needs a claim `division`.",
            "令牌缺少 division 声明，无法确定可见的行政区划。",
        )
    scope = claims.get("scope", "")
    scopes = scope.split() if isinstance(scope, str) else scope
    return Caller(
        claims["sub"],
        frozenset(map(str, scopes)),
        division.removeprefix("*"),
        str(claims.get("role", "")),
    )


def _is_division(text: str) -> bool:
    return len(text) <= 12 and (text == "" or (text.isascii() and text.isdecimal()))


def _verification_keys(key_set: Mapping[str, Any]) -> dict[str, jwt.PyJWK]:
    keys = {}
    for jwk in key_set["keys"]:
        allowed = _ALGORITHMS.get((jwk.get("kty"), jwk.get("crv")), ())
        algorithm = jwk.get("alg", allowed[0] if allowed else None)
        if algorithm not in allowed or jwk.get("use", "sig") != "sig":
            continue  # a key set may hold keys for other uses; a shared secret is never a public key
        if "d" in jwk:
            raise ValueError("the key set holds a private key: publish only its public part")
        keys[jwk.get("kid") or thumbprint(jwk)] = jwt.PyJWK(dict(jwk), algorithm=algorithm)
    if not keys:
        raise ValueError("the key set holds no key that can verify tokens")
    return keys
