"""Answers "what do the rows of a report say?"."""

from collections.abc import Mapping
from typing import Any


def late_statuses(after: Mapping[str, Any], at_payment: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The statuses of the question after payment that the question at payment did not have."""
    known = (at_payment or {}).get("statuses", [])
    return [status for status in after.get("statuses", []) if status not in known]
