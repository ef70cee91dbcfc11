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
#: What the sections of papers are called in English: papers are signed in Chinese.
SECTIONS: Mapping[str, str] = {
    "contributions": "Contributions of residents, by township",
    "channels": "Contributions of residents, by channel",
    "personal_accounts": "Of these from personal accounts, owed by the employees’ fund",
    "townships": "Contributions, those paid on behalf too, by township",
    "fund": "Income of the fund, by who bears it",
    "help": "Paid on behalf, by payer",
    "cards_granted": "Paid back to cards: due",
    "cards_paid": "Paid back to cards: paid",
    "outside": "Settled by a department itself, outside this system",
    "funds_granted": "Subsidy funds: due",
    "funds_requested": "Subsidy funds: requested",
    "funds_arrived": "Subsidy funds: arrived",
    "match_heads": "Fiscal match so far, by township: people times rate",
    "match_levels": "Fiscal match so far, by level",
    "match_owed": "Fiscal match: due in this period",
    "match_arrived": "Fiscal match: arrived in this period",
    "work_funds_settled": "Work funds due so far, of the county’s budget and no fund’s",
    "work_funds_paid": "Work funds paid so far, of the county’s budget and no fund’s",
    "suspense": "Money in suspense, more or less in this period",
    "refunds": "Refunds",
    "moved": "Money moved between accounts",
    "moved_after": "Moved or arrived between the cutoff and the day of the handover",
    "repairs": "Lapsed years repaired, in the fund, no contributions of this year",
    "add_ons": "Add-on insurance taken for others, not in the fund",
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
