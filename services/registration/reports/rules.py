"""What the rows of a report say."""

from collections.abc import Mapping

from pydantic import JsonValue


def late_statuses(
    after: Mapping[str, JsonValue], at_payment: Mapping[str, JsonValue] | None
) -> list[dict[str, JsonValue]]:
    """The statuses of the question after payment that the question at payment did not have."""
    known = _statuses(at_payment or {})
    return [status for status in _statuses(after) if status not in known]


def _statuses(question: Mapping[str, JsonValue]) -> list[dict[str, JsonValue]]:
    statuses = question.get("statuses")
    return [s for s in statuses if isinstance(s, dict)] if isinstance(statuses, list) else []
