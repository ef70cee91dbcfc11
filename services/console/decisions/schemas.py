"""What the pages of one case and of one approval read of the APIs' answers."""

from datetime import datetime

from pydantic import BaseModel

from services.console.lists.schemas import Approval
from services.console.lists.schemas import Case as Listed


class Case(Listed):
    """A question that a person decides, or an alert, with how it stands."""

    subject: str
    state: str
    reason: str | None
    decided_by: str | None


class Decided(BaseModel):
    """What became of a case; `approval` when it now waits for a second person."""

    approval: Approval | None


class Done(BaseModel):
    """An answer of which no page shows anything."""


class Letter(BaseModel):
    """A letter to bank and channel about a case."""

    letter_id: int
    letter_no: str
    sent_by: str
    sent_at: datetime


class Letters(BaseModel):
    """Such letters."""

    items: list[Letter]
