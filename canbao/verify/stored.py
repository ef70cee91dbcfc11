"""Reads the facts of the ledger again."""

from typing import Protocol

from pydantic import ValidationError

from canbao.verify.report import Findings
from libs.common.events.envelope import Fact
from services.ledger.facts.rules import BY_TYPE


class StoredFact(Protocol):
    """What a stored fact is read from."""

    type: str
    data: str


def read(which: str, row: StoredFact, found: Findings) -> Fact | None:
    """Read a stored fact again; None, and a difference, when that fails."""
    try:
        return BY_TYPE[row.type].model_validate_json(row.data)
    except (KeyError, ValidationError):
        found.differs(which, "cannot be read again")
        return None
