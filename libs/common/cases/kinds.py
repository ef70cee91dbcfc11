"""The kinds of cases of a service, and the steps that can be taken about each.

A case is a question that the system may not answer by itself. It is opened by what happened, closes by itself
when its cause goes, and is decided by a person with a reason. A step that needs two persons waits for the
approval of a second one.

An alert is a case that nobody decides: time raises it, somebody says that they have seen it, and only the end
of its cause ends it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class CaseState(StrEnum):
    """Where a case stands."""

    #: Somebody has to decide it.
    OPEN = "open"
    #: A person decided it.
    DECIDED = "decided"
    #: Its cause went away before anybody decided.
    CLOSED = "closed"


class ApprovalState(StrEnum):
    """Where the wish for a second person stands."""

    #: A second person has to look at it.
    WAITING = "waiting"
    #: A second person agreed, and it was carried out.
    APPROVED = "approved"
    #: A second person refused.
    REJECTED = "rejected"
    #: What it was about went away.
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Step:
    """What a person may do about a case; with `two_persons` a second one has to agree.

    One that `keeps_open` asks somebody: the case waits on, for its cause to go or for another step.
    """

    code: str
    label: str
    label_zh: str
    two_persons: bool = False
    keeps_open: bool = False


class News(StrEnum):
    """What happens to an alert, and is told of it."""

    RAISED = "raised"
    #: Somebody has seen it, and is on it.
    ACKNOWLEDGED = "acknowledged"
    #: Its cause is gone.
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Alert:
    """What an alert says, filled in from its evidence (and `{yuan}`), and what to do next."""

    says: str
    says_zh: str
    todo: str
    todo_zh: str


@dataclass(frozen=True, slots=True)
class CaseKind:
    """A kind of case: what it means, whose work it is (a role), and its steps, the proposed one first.

    The steps of an `alert` say that it was seen; it stays open.
    """

    code: str
    label: str
    label_zh: str
    owner: str
    steps: tuple[Step, ...]
    alert: Alert | None = None

    def step(self, code: str) -> Step | None:
        """The step of this code."""
        return next((step for step in self.steps if step.code == code), None)


def by_code(kinds: Iterable[CaseKind]) -> Mapping[str, CaseKind]:
    """Kinds by their codes; raises ValueError for a code that stands twice."""
    found: dict[str, CaseKind] = {}
    for kind in kinds:
        if kind.code in found:
            raise ValueError(f"the kind of case {kind.code} stands twice")
        found[kind.code] = kind
    return found


#: Somebody tried numbers, names or codes that do not belong together, again and again.
LOCKED_OUT = CaseKind(
    "locked_out",
    "Somebody is locked out for guessing",
    "因多次试错被暂时锁定",
    "operator",
    (Step("noted", "Asked who it is; the token is theirs and stays, or was taken back", "已核实使用人"),),
    Alert(
        "{failures} numbers, names or codes did not belong together; what counts them ({counted}) is locked "
        "out until 15 minutes after the first.",
        "号码、姓名或验证码连续 {failures} 次不匹配，已按 {counted} 计数锁定，自首次试错起 15 分钟后解除。",
        "The log names token and address (`guesses_locked_out`): ask who holds the token, or take it back.",
        "日志（guesses_locked_out）载有令牌和地址，请向令牌持有人核实；如非本人使用，请收回令牌。",
    ),
)
