"""The county's authorization server (OpenID Connect): its terms, and who its claims say somebody is."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import TypeAdapter, ValidationError

from libs.common.settings import SettingInvalid
from services.console.settings import ConsoleSettings
from services.console.users.rules import ROLES_OF_PEOPLE, Place, UserInvalid, checked_place

#: What the browser keeps of an attempt, for some minutes: nobody else can end it.
ATTEMPT_COOKIE = "canbao_attempt"
ATTEMPT_MINUTES = 10
#: Signatures that only the provider can make. What a client secret signs, or nothing, is none of them.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
_NAME = re.compile(r"[^\s\x00-\x1f\x7f]{1,100}")
_HERE = ("127.0.0.1", "localhost", "::1")
_ROLES = TypeAdapter(dict[str, str])


class NotEntered(Exception):
    """Nobody is signed in by this; the sentences say why, and who mends what."""

    def __init__(self, outcome: str, message: str, message_zh: str) -> None:
        super().__init__(message)
        self.outcome = outcome
        self.message_zh = message_zh


@dataclass(frozen=True, slots=True)
class Claims:
    """What the claims are called in which the provider says who somebody is."""

    name: str
    role: str
    division: str
    department: str
    unit: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What the console and the provider know of each other."""

    issuer: str
    client_id: str
    client_secret: str
    public_url: str
    scopes: str
    authority: Path | None
    claims: Claims
    #: Our word of each of theirs.
    roles: Mapping[str, str]
    #: Whether local users may sign in, too.
    both: bool

    @property
    def answer_address(self) -> str:
        """Where the provider sends browsers back to."""
        return f"{self.public_url}/sign-in-answer"

    @property
    def left_address(self) -> str:
        """Where the provider sends browsers that it has signed out."""
        return f"{self.public_url}/sign-in?why=out"


@dataclass(frozen=True, slots=True)
class Known:
    """Who somebody is: `subject` for good, the rest as the provider has it now."""

    subject: str
    name: str
    place: Place


def terms_of(settings: ConsoleSettings) -> Terms | None:
    """The terms of the settings; None where there is no provider. Raises SettingInvalid."""
    if not settings.oidc_issuer:
        return None
    if not is_private(settings.oidc_issuer):
        raise SettingInvalid("CANBAO_CONSOLE_OIDC_ISSUER must be an address that begins with https://")
    if not settings.oidc_client_id:
        raise SettingInvalid("CANBAO_CONSOLE_OIDC_CLIENT_ID must be what the provider calls the console")
    public = urlsplit(settings.public_url or "")
    if public.scheme not in ("http", "https") or not public.netloc or public.query or public.fragment:
        raise SettingInvalid(
            "CANBAO_CONSOLE_PUBLIC_URL must be where browsers reach the console: "
            "https://canbao.county.example/console"
        )
    return Terms(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret or "",
        public_url=(settings.public_url or "").rstrip("/"),
        scopes=settings.oidc_scopes,
        authority=settings.oidc_ca,
        claims=Claims(
            settings.oidc_name_claim, settings.oidc_role_claim, settings.oidc_division_claim,
            settings.oidc_department_claim, settings.oidc_unit_claim,
        ),
        roles=_roles(settings.oidc_roles),
        both=settings.sign_in == "both",
    )  # fmt: skip


def is_private(address: str) -> bool:
    """Whether nobody on the way can read or change what an address answers."""
    parts = urlsplit(address)
    return (parts.scheme == "https" and bool(parts.hostname)) or (
        parts.scheme == "http" and parts.hostname in _HERE
    )


def _roles(setting: str | None) -> Mapping[str, str]:
    if not setting:
        return {role: role for role in ROLES_OF_PEOPLE}
    try:
        found = _ROLES.validate_python(json.loads(setting))
    except (ValueError, ValidationError):
        found = {}
    if not found or set(found.values()) - set(ROLES_OF_PEOPLE):
        raise SettingInvalid(
            'CANBAO_CONSOLE_OIDC_ROLES must be JSON that gives our role for each of theirs: {"canbao-tax": '
            f'"tax_officer"}}, of {", ".join(ROLES_OF_PEOPLE)}'
        )
    return found


def known_of(claims: Mapping[str, object], terms: Terms) -> Known:
    """Who the claims say somebody is. Raises NotEntered, and says which claim the operator has to set."""
    subject = claims.get("sub")
    name = _word(claims, terms.claims.name)
    if not isinstance(subject, str) or not subject or not name or not _NAME.fullmatch(name):
        raise _lacks("no_name", terms.claims.name, "a name without spaces", "不含空格的用户名")
    return Known(subject, name, _place(claims, terms))


def _place(claims: Mapping[str, object], terms: Terms) -> Place:
    said = {terms.roles[word] for word in _words(claims, terms.claims.role) if word in terms.roles}
    words = ", ".join(terms.roles)
    if not said:
        raise _lacks("no_role", terms.claims.role, f"one of {words}", f"{'、'.join(terms.roles)} 之一")
    if len(said) > 1:
        both = sorted(said)
        raise _lacks(
            "several_roles",
            terms.claims.role,
            f"only one of {', '.join(both)}",
            f"{'、'.join(both)} 中的一个",
        )
    division = _word(claims, terms.claims.division)
    if not division:
        raise _lacks(
            "no_division", terms.claims.division, "the code of a division, or * for everywhere",
            "区划代码，或以 * 表示全部区划",
        )  # fmt: skip
    department, unit = _word(claims, terms.claims.department), _word(claims, terms.claims.unit)
    try:
        return checked_place(Place(said.pop(), division, department, unit))
    except UserInvalid as error:
        raise NotEntered(
            "wrong_place",
            f"The authorization server does not say where you work as it must: {error}",
            f"统一身份认证给出的信息不完整：{error.message_zh}",
        ) from None


def _lacks(outcome: str, claim: str, what: str, what_zh: str) -> NotEntered:
    return NotEntered(
        outcome,
        f"The authorization server has to give you the claim {claim}: {what}. Ask the operators to set it.",
        f"统一身份认证须为您设置声明 {claim}，取值为{what_zh}。请联系系统运维人员设置后重新登录。",
    )


def _words(claims: Mapping[str, object], path: str) -> list[str]:
    """The words of a claim, which may lie within others and be one or several."""
    found: object = claims
    # A name with dots of its own (https://county.example/role) is looked for first.
    for key in (path,) if path in claims else path.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    several = found if isinstance(found, list) else [found]
    return [word.strip() for word in several if isinstance(word, str) and word.strip()]


def _word(claims: Mapping[str, object], path: str) -> str:
    """The only word of a claim; empty where there is none, or several."""
    words = _words(claims, path)
    return words[0] if len(words) == 1 else ""
