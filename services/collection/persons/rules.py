"""What is asked about one person, and who told of money."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from libs.common.web.problems import PROBLEM_TYPES

#: opened: somebody asked to pay it at the channel; debited: a bank was to debit it; asked: the channel's
#: gateway was asked what became of it.
AttemptKind = Literal["opened", "debited", "asked"]
#: channel: signed by it, and verified; by_hand: a collector recorded it, or took it back; bank_file: a bank's
#: answer to debits; officers: two of them took it over out of a channel's file.
ToldBy = Literal["channel", "by_hand", "bank_file", "officers"]

#: What only those write beside a notification who are not its channel.
_MARKS: Mapping[str, ToldBy] = {
    "debit_batch": "bank_file",
    "case_id": "officers",
    "entered_by": "by_hand",
    "voucher_nos": "by_hand",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose orders and notifications are wanted, of one year or all, within the division of who asks."""

    person_id: int
    coverage_year: int | None
    division: str
    division_range: tuple[str, str]

    @property
    def members(self) -> dict[str, object]:
        """The same as a query takes it."""
        lowest, highest = self.division_range
        return {
            "person_id": self.person_id, "coverage_year": self.coverage_year, "division": self.division,
            "lowest": lowest, "highest": highest,
        }  # fmt: skip


def told_by(headers: Mapping[str, object]) -> ToldBy:
    """Who told of money, by what was kept beside it."""
    return next((who for mark, who in _MARKS.items() if mark in headers), "channel")


def words_of(refusal: str) -> tuple[str, str]:
    """What a problem says, English first; of one that is answered no more its name alone."""
    known = PROBLEM_TYPES.get(refusal)
    return (refusal, refusal) if known is None else (known.title, known.title_zh)
