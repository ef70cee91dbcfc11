"""What a browser keeps of a session, what a form proves by it, and where one may be sent after signing in."""

import hmac
import re
import secrets
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import quote

COOKIE = "canbao_session"
#: Longer than any address of ours.
_LONGEST_PAGE = 500
_PAGE = re.compile(r"[a-z0-9-]+(/[A-Za-z0-9_-]+)*(\?[A-Za-z0-9_=&.,%+:/~*-]*)?|\?[A-Za-z0-9_=&.,%+:/~*-]*")

#: What was done, at the end of the address that a browser is sent on to.
_DONE = re.compile(r"([?&]done=)([a-z_]+)$")

#: Addresses that forms alone are sent to, or another server sends browsers to: there is nothing to see.
_NO_PAGES = ("sign-out", "language", "sign-in-answer", "sign-in-provider")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is signed in, and with which session."""

    user_id: int
    name: str
    role: str
    division: str
    department: str
    unit: str
    must_change: bool
    session_digest: str
    #: Whether the user has a password here; else the authorization server knows who it is.
    local: bool = True
    #: What every form of this session carries; nobody can know it without the session's secret.
    form_token: str = ""


class SignedOut(Exception):
    """Nobody is signed in, or not any more."""


class PasswordToChange(Exception):
    """Who is signed in has to choose a password first."""


class FormElsewhere(Exception):
    """A form was sent by another site, or made for another session."""


def new_secret() -> str:
    """256 random bits: all that a browser is given."""
    return secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    """What is kept of the secret here: nobody who reads the database can go on with a session."""
    return sha256(secret.encode()).hexdigest()


def form_token_of(secret: str) -> str:
    """What proves that a form was made for this session."""
    return hmac.new(secret.encode(), b"form", sha256).hexdigest()


def is_form_of(visitor: Visitor, token: str) -> bool:
    """Whether a form was made for the session of who sends it."""
    return is_same(visitor.form_token, token)


def proven(where: str, form_token: str) -> str:
    """An address with the word for what was done, which only a page of this session can have put there."""
    return _DONE.sub(lambda found: f"{found[0]}.{_proof_of(found[2], form_token)}", where)


def heard(said: str, form_token: str) -> str:
    """The word for what was done; nothing where this session did not do it: anybody can write a link."""
    word, _, proof = said.partition(".")
    return word if is_same(_proof_of(word, form_token), proof) else ""


def without_done(query: str) -> str:
    """A query without the word for what was done: it is said once, not wherever the page leads."""
    return "&".join(part for part in query.split("&") if part and not part.startswith("done="))


def _proof_of(word: str, form_token: str) -> str:
    return hmac.new(form_token.encode(), f"done {word}".encode(), sha256).hexdigest()[:16]


def is_same(known: str, given: str) -> bool:
    """Whether two proofs are the same, in a time that tells nothing."""
    return hmac.compare_digest(known.encode(), given.encode())


def is_from_elsewhere(site: str | None, origin: str | None, host: str | None) -> bool:
    """Whether the browser says that another site sent a form (Fetch Metadata, or `Origin` of older ones)."""
    if site is not None:
        return site not in ("same-origin", "none")
    return origin is not None and origin.partition("://")[2] != (host or "")


def tried_of(name: str) -> str:
    """How a name stands in the counts: what was typed there may be anything, a password too."""
    return sha256(name.strip().lower().encode()).hexdigest()


def page_after(wanted: str) -> str:
    """Where to go after signing in, or in another language: a page of ours, or the first one."""
    if len(wanted) > _LONGEST_PAGE or not _PAGE.fullmatch(wanted):
        return ""
    return "" if wanted.partition("?")[0] in _NO_PAGES else wanted


def page_of(path: str, query: str) -> str:
    """The address of a page to come back to, by its path below the root and its query as it came."""
    wanted = path.lstrip("/") + (f"?{quote(query, safe='_=&.,%+:/~*-')}" if query else "")
    return page_after(wanted)
