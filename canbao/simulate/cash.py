"""Money that villages and counters take by hand: its steps, and what the model has of it in whose hands.

Cash and cheques are in a collector's hands until they are in the bank; what is paid by card is at the bank at
once. Otherwise it is money like all other: what it pays is judged as a payment that a channel tells of.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from canbao.simulate.life import GivenBack, Paid, PaidTogether, Step
from canbao.simulate.terms import Terms

#: One payer's money.
Payment: TypeAlias = Paid | PaidTogether
IN_HAND = ("cash", "cheque")
#: Why money of each instrument may be gone.
GONE: Mapping[str, tuple[str, ...]] = {
    "cash": ("entered_wrongly",),
    "cheque": ("bounced_cheque", "entered_wrongly"),
    "pos": ("charged_back", "entered_wrongly"),
}


@dataclass(frozen=True, slots=True)
class LateDecided(Step):
    """Two officers decide whether money counts that was typed after its window had ended."""

    transaction: int
    accepts: bool


@dataclass(frozen=True, slots=True)
class Deposited(Step):
    """Every collector brings to the bank what is in hand. It is about nobody."""

    slip: int


@dataclass(frozen=True, slots=True)
class DepositWithdrawn(Step):
    """These slips were entered wrongly: what they brought is in hand again. It is about nobody."""

    slip: int


@dataclass
class Receipt:
    """Money that was taken by hand: passed, held or refused; `slip` is with which it is at the bank."""

    payment: Payment
    state: str = "passed"
    slip: int | None = None
    gone: bool = False

    @property
    def in_hand(self) -> bool:
        """Whether a collector has it."""
        return self.payment.instrument in IN_HAND and not (self.slip or self.gone or self.state == "refused")


@dataclass
class Tills:
    """What is in whose hands, by transaction."""

    terms: Terms
    receipts: dict[int, Receipt] = field(default_factory=dict)

    def takes(self, step: Payment) -> bool:
        """Take money; whether it counts at once: what is typed after its window does not."""
        if step.instrument is None:
            return True
        ends = [ends for opens, ends in self.terms.plain if opens <= step.paid_at < ends]
        late = bool(ends) and step.at >= max(ends)
        self.receipts[step.transaction] = Receipt(step, "held" if late else "passed")
        return not late

    def decided(self, step: LateDecided) -> Payment | None:
        """The payment that counts from now on, if one does."""
        receipt = self.receipts.get(step.transaction)
        if receipt is None or receipt.state != "held":
            return None
        receipt.state = "passed" if step.accepts else "refused"
        return replace(receipt.payment, at=step.at) if step.accepts else None

    def loses(self, step: GivenBack) -> bool:
        """Whether money goes back: a wrong entry does before it is at the bank, and nothing does twice."""
        if step.reason is None:
            return True
        receipt = self.receipts.get(step.transaction)
        if receipt is None or receipt.state != "passed" or receipt.gone:
            return False
        if step.reason == "entered_wrongly" and receipt.slip is not None:
            return False
        receipt.gone = True
        return True

    def banks(self, step: Deposited | DepositWithdrawn) -> None:
        """Bring what is in hand to the bank, or have it in hand again."""
        for receipt in self.receipts.values():
            if isinstance(step, DepositWithdrawn):
                receipt.slip = None if receipt.slip == step.slip else receipt.slip
            elif receipt.in_hand and receipt.state == "passed":
                receipt.slip = step.slip

    def told(self) -> str:
        """What is in hand at the end, and what of it waits for officers."""
        some = [one for one in self.receipts.values() if one.in_hand]
        held = sum(one.payment.fen for one in some if one.state == "held")
        return f"{sum(one.payment.fen for one in some)} in hand, {held} of it held"
