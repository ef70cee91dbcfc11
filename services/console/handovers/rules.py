"""Whose paper a visitor signs, and what is typed of a party's own figures."""

import re
from collections.abc import Mapping

from services.console.forms.rules import fen_of
from services.console.session.rules import Visitor

#: Whose papers of handovers a role signs, where the user is of no certain department.
_PARTIES: Mapping[str, str] = {
    "tax_officer": "tax",
    "medical_insurance_officer": "medical_insurance",
    "finance_officer": "finance",
}
_COUNT = re.compile(r"-?[0-9]{1,9}")


def own_party(visitor: Visitor) -> str:
    """The party whose paper a visitor signs; empty: of none."""
    return visitor.department or _PARTIES.get(visitor.role, "")


def count_of(text: str) -> int:
    """A number of people as it is typed; fewer than before is below 0. Raises ValueError."""
    plain = text.replace(",", "").strip()
    if not _COUNT.fullmatch(plain):
        raise ValueError(text)
    return int(plain)


def signed_fen_of(text: str) -> int:
    """An amount as it is typed; less than before is below 0. Raises ValueError."""
    plain = text.strip()
    return -fen_of(plain[1:]) if plain.startswith("-") else fen_of(plain)
