"""What the pages of one case and of one approval read of the APIs' answers."""

from pydantic import BaseModel

from services.console.lists.schemas import Approval
from services.console.lists.schemas import Case as Listed


class Step(BaseModel):
    """What can be done about a case."""

    step: str
    label: str
    label_zh: str
    two_persons: bool


class Case(Listed):
    """A question that a person decides, or an alert, with what can be done about it."""

    subject: str
    steps: list[Step]
    proposed: str
    state: str
    reason: str | None
    decided_by: str | None


class Decided(BaseModel):
    """What became of a case; `approval` when it now waits for a second person."""

    approval: Approval | None


class Done(BaseModel):
    """An answer of which no page shows anything."""
