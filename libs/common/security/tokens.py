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
from libs.common.settings import SettingInvalid

log = structlog.get_logger(__name__)

#: How far the clocks of two machines may differ.
LEEWAY_SECONDS = 30
# What a key may be used for follows from the key, never from the token.
_ALGORITHMS: Mapping[tuple[object, object], tuple[str, ...]] = {
    ("OKP", "Ed25519"): ("EdDSA",),
    ("EC", "P-256"): ("ES256",),
    ("RSA", None): ("RS256", "PS256"),
}
# The lengths of codes of provinces, prefectures, counties, townships and villages.
_DIVISION_LENGTHS = (2, 4, 6, 9, 12)
_LONGEST_NAME = 200
# Seconds that no token lasts to; JSON has numbers that no clock can be compared with.
_LATEST = 10**15
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
            self._keys = _read_key_set(self.source, "CANBAO_JWKS")
        else:
            self._file = Path(self.source)
            self._refresh()

    def authenticate(self, token: str) -> Caller:
        """Verify signature, algorithm, times, audience and issuer; raise TokenRejected saying what failed."""
        try:
            self._refresh()
        except SettingInvalid:
            # Half-written or gone for a moment: what was believed a moment ago is better than nobody.
            log.error("key_set_unreadable", path=str(self._file), exc_info=True)
            self._looked_at = time.monotonic()
        until, caller = self._believed.get(token, (0.0, None))
        if caller is None or time.time() >= until:
            self._believed.pop(token, None)
            claims = self._verified_claims(token)
            caller, until = _caller_of(claims), _end_of(claims)
            if len(self._believed) >= _REMEMBERED:
                self._believed.clear()
            self._believed[token] = (until, caller)
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
        except TokenRejected:
            raise
        except (jwt.PyJWTError, ValueError, TypeError, ArithmeticError, RecursionError):
            # The rest is whatever a strange token makes the library stumble over.
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
        try:
            status = self._file.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            text = self._file.read_text() if stamp != self._stamp else None
        except (OSError, UnicodeDecodeError):
            raise SettingInvalid(
                f"{self._file} (CANBAO_JWKS) is neither a JSON Web Key Set nor the path of a readable one"
            ) from None
        if text is not None:
            self._keys = _read_key_set(text, str(self._file))
            self._believed.clear()
        self._stamp, self._looked_at = stamp, now


#: Claims that are codes, and of what.
_CODES = {
    "department": ("a department, as the notices have it", "通知中的部门代码"),
    "unit": ("a unit, as the county has registered it", "县里登记的单位代码"),
    "channel": ("a channel, as the notices have it", "通知中的渠道代码"),
}


def _caller_of(claims: Mapping[str, Any]) -> Caller:
    division = claims.get("division")
    if not isinstance(division, str) or not (division == "*" or _is_division(division)):
        raise TokenRejected(
            "The token says for no division what it may see: it needs a claim `division`, a prefix of "
            "division codes (2, 4, 6, 9 or 12 digits) or `*` for everywhere.",
            "令牌未说明可见的行政区划：需要 division 声明，其值为区划代码前缀（2、4、6、9 或 12 位数字），"
            "或以 `*` 表示全部。",
        )
    subject, role = claims.get("sub"), claims.get("role")
    if not (_is_word(subject) and subject) or not (role is None or _is_word(role)):
        raise TokenRejected(
            "The token does not name who uses it: `sub` and `role` are printable text of at most 200 "
            "characters.",
            "令牌未正确说明使用者：sub 与 role 须为可打印文本，且不超过 200 个字符。",
        )
    real_name = claims.get("real_name")
    if not (real_name is None or isinstance(real_name, bool)):
        raise TokenRejected(
            "The claim `real_name` must be true or false.", "real_name 声明须为 true 或 false。"
        )
    return Caller(
        str(subject),
        _scopes(claims.get("scope", "")),
        division.removeprefix("*"),
        str(role or ""),
        **{name: _code(claims, name) for name in _CODES},
        real_name=bool(real_name),
    )


def _code(claims: Mapping[str, Any], name: str) -> str:
    """A claim that is a code, or nothing where the token has none."""
    code = claims.get(name)
    if not (code is None or _is_word(code)):
        what, what_zh = _CODES[name]
        raise TokenRejected(f"The claim `{name}` must be the code of {what}.", f"{name} 声明须为{what_zh}。")
    return str(code or "")


def _scopes(scope: object) -> frozenset[str]:
    """The scopes of a token: separated by blanks, or a list as some issuers send it."""
    if isinstance(scope, str):
        return frozenset(scope.split())
    if isinstance(scope, list) and all(isinstance(one, str) for one in scope):
        return frozenset(scope)
    raise TokenRejected(
        "The claim `scope` must be text with scopes separated by blanks.",
        "scope 声明须为以空格分隔权限的文本。",
    )


def _end_of(claims: Mapping[str, Any]) -> float:
    """When the token ends. A text that looks like a number is none (RFC 7519)."""
    end = claims.get("exp")
    if isinstance(end, bool) or not isinstance(end, int | float) or not -_LATEST < end < _LATEST:
        raise TokenRejected(
            "The claim `exp` must be a number of seconds.", "exp 声明须为数字（自 1970 年起的秒数）。"
        )
    return float(end)


def _is_word(text: object) -> bool:
    """Whether an audit can keep a text: no control characters, not endless."""
    return isinstance(text, str) and len(text) <= _LONGEST_NAME and text.isprintable()


def _is_division(text: str) -> bool:
    return len(text) in _DIVISION_LENGTHS and text.isascii() and text.isdecimal()


def _read_key_set(text: str, name: str) -> dict[str, jwt.PyJWK]:
    """Read a key set from JSON. Raises SettingInvalid that names where it came from."""
    try:
        key_set = json.loads(text)
    except (ValueError, RecursionError):
        key_set = None
    if not isinstance(key_set, Mapping):
        raise SettingInvalid(f'{name} is no JSON Web Key Set: it must be a JSON object {{"keys": [...]}}')
    return _verification_keys(key_set)


def _verification_keys(key_set: Mapping[str, Any]) -> dict[str, jwt.PyJWK]:
    """The keys that can verify tokens. Others are passed over: a set may hold keys for other uses."""
    given = key_set.get("keys")
    keys = dict(filter(None, map(_verification_key, given if isinstance(given, list) else ())))
    if not keys:
        raise SettingInvalid(
            "the key set (CANBAO_JWKS) holds no key that can verify tokens: Ed25519, P-256 or RSA, use `sig`"
        )
    return keys


def _verification_key(jwk: object) -> tuple[str, jwt.PyJWK] | None:
    if not isinstance(jwk, Mapping):
        log.warning("key_unusable", reason="not an object")
        return None
    family, curve = jwk.get("kty"), jwk.get("crv")
    known = isinstance(family, str) and isinstance(curve, str | None)
    allowed = _ALGORITHMS.get((family, curve), ()) if known else ()
    algorithm = jwk.get("alg", allowed[0] if allowed else None)
    if algorithm not in allowed or jwk.get("use", "sig") != "sig":
        return None  # a shared secret is never a public key
    if "d" in jwk:
        raise SettingInvalid("the key set (CANBAO_JWKS) holds a private key: publish only its public part")
    try:
        kid = jwk.get("kid") or thumbprint(jwk)
        if not isinstance(kid, str):
            raise TypeError("kid is no text")
        return kid, jwt.PyJWK(dict(jwk), algorithm=algorithm)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError) as error:
        log.warning("key_unusable", reason=type(error).__name__)
        return None
