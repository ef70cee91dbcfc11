"""What a channel really did, by its own book: payments, refunds and fees, from which it writes its files."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

_CHINA = ZoneInfo("Asia/Shanghai")
_FEN = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Moved:
    """Money of one transaction; with a `return_no` it went back. `fee` in yuan, as bills write it.

    `state`: what became of it if it went back, in WeChat's words.
    """

    no: str
    fen: int
    at: datetime
    order: str = "CB2019112000000000000007"
    return_no: str = ""
    fee: str = "0.00000"
    state: str = "SUCCESS"

    @property
    def yuan(self) -> str:
        """The amount as files write it."""
        return yuan(self.fen)

    @property
    def fee_fen(self) -> int:
        """The fee as it is settled: halves go away from zero."""
        return int(rounded(Decimal(self.fee)) * 100)


def yuan(fen: int) -> str:
    """An amount as files write it."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def rounded(amount: Decimal) -> Decimal:
    """An amount in yuan in whole fen; halves go away from zero."""
    return amount.quantize(_FEN, "ROUND_HALF_UP")


@dataclass
class Book:
    """The transactions of one channel. `per_myriad`: what it takes for itself of 10,000 fen.

    `ends_at`: when its day ends, where that is not midnight.
    """

    per_myriad: int = 0
    ends_at: time | None = None
    moved: list[Moved] = field(default_factory=list)

    def take(self, no: str, fen: int, at: datetime, order: str) -> Moved:
        """Take money of a payer, less the fee."""
        return self._enter(Moved(no, fen, at, order, fee=self._fee(fen)))

    def give_back(self, paid: Moved, return_no: str, fen: int, at: datetime) -> Moved:
        """Give money of a payment back, with the fee of as much."""
        fee = self._fee(fen)
        return self._enter(
            Moved(paid.no, fen, at, paid.order, return_no, f"-{fee}" if self.per_myriad else fee)
        )

    def of(self, day: date) -> list[Moved]:
        """What belongs to the file of a day, in order."""
        return sorted((one for one in self.moved if self.day_of(one.at) == day), key=lambda one: one.at)

    def day_of(self, at: datetime) -> date:
        """The day of whose file an instant is."""
        local = at.astimezone(_CHINA)
        late = self.ends_at is not None and local.time() >= self.ends_at
        return local.date() + timedelta(days=1 if late else 0)

    def owed_fen(self, day: date, *, keeps_fee: bool = True) -> int:
        """What it pays on of a day: less what went back, and less its fee where it keeps that."""
        return sum(self._owed(one, keeps_fee=keeps_fee) for one in self.of(day))

    def _owed(self, one: Moved, *, keeps_fee: bool) -> int:
        return (-one.fen if one.return_no else one.fen) - (one.fee_fen if keeps_fee else 0)

    def _enter(self, one: Moved) -> Moved:
        self.moved.append(one)
        return one

    def _fee(self, fen: int) -> str:
        """Rounded to the fen, as wallets settle it, and written with five decimals."""
        return f"{rounded(Decimal(fen * self.per_myriad) / 1_000_000)}000"
