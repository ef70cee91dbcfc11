"""Whether a deposit adds up, and what of a collector's money is still missing."""

from dataclasses import dataclass
from typing import Literal

#: made: the slip stands; withdrawn: it was entered wrongly, and what it covered is in hand again.
DepositState = Literal["made", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Difference:
    """By how much a slip and the receipts it was to bring differ."""

    amount_fen: int
    covered_fen: int
    made_good_fen: int = 0

    @property
    def missing_fen(self) -> int:
        """What was taken and is not in the bank; negative: the bank has more than was recorded."""
        return self.covered_fen - self.amount_fen - self.made_good_fen

    @property
    def adds_up(self) -> bool:
        """Whether nobody has to look."""
        return self.missing_fen == 0
