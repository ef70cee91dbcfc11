"""What a caller is told when something went wrong: RFC 9457 problem details in English and Chinese.

Standard library only, so that any layer may raise one. A service defines its own types as module constants;
all types of the platform stand in `PROBLEM_TYPES` and are listed in docs/problems.md.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:canbao:problem:"

#: Every type that was defined in this process, by slug.
PROBLEM_TYPES: dict[str, "ProblemType"] = {}

_SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_STANDARD_MEMBERS = frozenset(
    {"type", "title", "title_zh", "status", "detail", "detail_zh", "instance", "errors"}
)


@dataclass(frozen=True)
class ProblemType:
    """One kind of problem: a slug for its URI, the status, titles that never vary, how to mend it."""

    slug: str
    status: int
    title: str
    title_zh: str
    mend: str
    mend_zh: str
    #: What every operation may answer that answers with this one.
    beside: "tuple[ProblemType, ...]" = ()

    def __post_init__(self) -> None:
        if not _SLUG.fullmatch(self.slug):
            raise ValueError(f"a problem slug is lower-case words joined by hyphens, not {self.slug!r}")
        if not 400 <= self.status <= 599:
            raise ValueError(f"a problem has a status of 400 to 599, not {self.status}")
        known = PROBLEM_TYPES.setdefault(self.slug, self)
        if known != self:
            raise ValueError(f"the problem type {self.slug!r} is already defined with other words")

    @property
    def uri(self) -> str:
        """The `type` member: stable, absolute, never reused for another meaning."""
        return TYPE_PREFIX + self.slug

    def problem(
        self,
        detail: str | None = None,
        detail_zh: str | None = None,
        *,
        errors: Iterable["FieldError"] = (),
        headers: Mapping[str, str] | None = None,
        **extensions: object,
    ) -> "Problem":
        """Make the exception to raise; without words of its own it says how to mend the type."""
        return Problem(self, detail, detail_zh, tuple(errors), dict(headers or {}), extensions)


@dataclass(frozen=True)
class FieldError:
    """One fault within a request: a JSON Pointer into the body, or such as `query/county`."""

    pointer: str
    detail: str
    detail_zh: str

    def to_json(self) -> dict[str, str]:
        """The member of `errors`."""
        return {"pointer": self.pointer, "detail": self.detail, "detail_zh": self.detail_zh}


@dataclass(eq=False)
class Problem(Exception):
    """An occurrence of a problem type; raise it from api.py, or keep it as the reason for one rejected row.

    Extensions become members of their own (names of letters, digits and underscores, three or more). Neither
    words nor extensions carry personal data or internals: they are logged and shown.
    """

    type: ProblemType
    detail: str | None = None
    detail_zh: str | None = None
    errors: tuple[FieldError, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    extensions: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(f"{self.type.slug}: {self.detail or self.type.title}")
        if (self.detail is None) != (self.detail_zh is None):
            raise ValueError("a detail comes in both languages")
        if clash := _STANDARD_MEMBERS & self.extensions.keys():
            raise ValueError(f"extensions may not replace standard members: {sorted(clash)}")

    @property
    def status(self) -> int:
        """The HTTP status of the answer."""
        return self.type.status

    def within(self, member: str) -> "Problem":
        """The same of a part of the body: its pointers lie below that member (`/earlier_year`)."""
        errors = tuple(replace(one, pointer=one.pointer.replace("#", f"#{member}", 1)) for one in self.errors)
        return replace(self, errors=errors)

    def to_json(self, *, instance: str | None = None, correlation_id: str | None = None) -> dict[str, object]:
        """The problem details object; also the `problem` of a rejected row in a batch answer."""
        body: dict[str, object] = {
            "type": self.type.uri,
            "title": self.type.title,
            "title_zh": self.type.title_zh,
            "status": self.type.status,
            "detail": self.detail or self.type.mend,
            "detail_zh": self.detail_zh or self.type.mend_zh,
        }
        if instance is not None:
            body["instance"] = instance
        if self.errors:
            body["errors"] = [error.to_json() for error in self.errors]
        if correlation_id is not None:
            body["correlation_id"] = correlation_id
        return body | self.extensions
