"""What waits for a role: which APIs its scopes may ask, and how what they count is put in order."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from libs.common.security.scopes import ROLES
from services.console.apis.rules import ASKED
from services.console.session.rules import Visitor

_COUNTY_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Task:
    """Work of one kind: how much there is, since when, and the page where it is done, if there is one."""

    title_zh: str
    title: str
    count: int
    page: str = ""
    service: str = ""
    amount_fen: int | None = None
    oldest_at: datetime | None = None
    #: There may be more than were counted.
    at_least: bool = False
    #: Of alerts: how many nobody has seen.
    unseen: int = 0
    #: How many are beyond the day by which they had to be done.
    overdue: int = 0
    #: Whose work it is: `own`, `alert` (to be seen), or `other` (of another office).
    whose: str = "own"


@dataclass(frozen=True, slots=True)
class Work:
    """The tasks of a visitor in the order in which they are shown, and which services could not say yet."""

    own: list[Task]
    alerts: list[Task]
    others: list[Task]
    away: list[str]
    counting: list[str]


def may(visitor: Visitor, scope: str) -> bool:
    """Whether the role of a visitor carries a scope."""
    return scope in ROLES[visitor.role]


def is_of_county(visitor: Visitor) -> bool:
    """Whether a visitor's office is of a whole county, or of more."""
    return len(visitor.division.removeprefix("*")) <= _COUNTY_DIGITS


def cases_of(visitor: Visitor) -> list[str]:
    """The services whose cases or alerts a visitor sees."""
    return [name for name in ASKED if may(visitor, f"{name}:read") or may(visitor, "alerts:read")]


def approvals_of(visitor: Visitor) -> list[str]:
    """The services whose approvals a visitor sees."""
    return [name for name in ASKED if may(visitor, f"{name}:read")]


def in_groups(tasks: Iterable[Task], away: Iterable[str], counting: Iterable[str] = ()) -> Work:
    """Put tasks where they are shown, each page once."""
    together: dict[tuple[str, str, str], Task] = {}
    for task in tasks:
        key = (task.whose, task.service, task.page or task.title)
        together[key] = _both(together[key], task) if key in together else task
    found = list(together.values())
    groups = (_in_order(task for task in found if task.whose == whose) for whose in ("own", "alert", "other"))
    own, alerts, others = groups
    return Work(own, alerts, others, sorted(set(away)), sorted(set(counting)))


def _both(one: Task, other: Task) -> Task:
    """Two tasks of one page as one: several offices may have cases of a kind."""
    fen = [task.amount_fen for task in (one, other) if task.amount_fen is not None]
    return replace(
        one,
        count=one.count + other.count,
        amount_fen=sum(fen) if fen else None,
        oldest_at=min((at for at in (one.oldest_at, other.oldest_at) if at is not None), default=None),
        at_least=one.at_least or other.at_least,
        unseen=one.unseen + other.unseen,
        overdue=one.overdue + other.overdue,
    )


def _in_order(tasks: Iterable[Task]) -> list[Task]:
    """What has waited longest first; what is done is left out."""
    waiting = [task for task in tasks if task.count]
    return sorted(waiting, key=lambda task: (task.oldest_at is None, task.oldest_at, task.title))
