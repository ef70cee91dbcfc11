"""What a bank's result file does to the attempts of its batch: all of it counts, or nothing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from libs.common.bank_files.answers import Outcome, ResultFault, ResultLine, contradicts, line_faults

#: What a second person agrees to.
OPERATION = "payout_batch"


def subject_of(batch_id: int) -> str:
    """What the approval of a batch is about."""
    return f"payout-batches/{batch_id}"


def batch_of(subject: str) -> int:
    """The batch that an approval is about."""
    return int(subject.removeprefix("payout-batches/"))


_NUMBER = re.compile(r"P(\d{10})-(\d{2})")


def payout_no(payout_id: int, attempt: int) -> str:
    """Number one attempt; unique over all batches, and the reference that the bank gives back."""
    return f"P{payout_id:010d}-{attempt:02d}"


@dataclass(frozen=True, slots=True)
class FileLine:
    """One sum in a bank's file, with the account in the clear."""

    payout_no: str
    account_no: str
    holder: str
    bank: str
    amount_fen: int
    remark: str


@dataclass(frozen=True, slots=True)
class SentAttempt:
    """One attempt of a batch as we know it. `outcome` is None while the bank has not answered."""

    payout_id: int
    attempt: int
    amount_fen: int
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class Settlement:
    """One answer to publish. A returned attempt that was never reported paid settles as paid first."""

    payout_id: int
    attempt: int
    amount_fen: int
    outcome: Outcome
    reason: str | None


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A line that contradicts what the bank said of the same attempt before; the other lines count."""

    payout_id: int
    attempt: int
    amount_fen: int
    said_before: Outcome
    says_now: Outcome
    reason: str | None

    @property
    def money_left(self) -> bool:
        """Whether the bank now says that money left which had been reported as not paid."""
        return self.says_now is Outcome.PAID


@dataclass(frozen=True, slots=True)
class Judged:
    """A result file that was read against its batch: faults, or else what it settles, in file order.

    What is `repeated` was said before: it is kept with this file, too, and settles nothing.
    """

    faults: tuple[ResultFault, ...] = ()
    settlements: tuple[Settlement, ...] = ()
    repeated: tuple[Settlement, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What a file said of an attempt. It does not `counts` where it is against what was said before."""

    payout_id: int
    attempt: int
    outcome: Outcome
    reason: str | None
    answered_at: datetime
    file_sha256: str
    counts: bool


def answers_kept(judged: Judged, at: datetime, sha256: str) -> list[KeptAnswer]:
    """All that a file said, to be kept; money that left after all counts against earlier words."""
    settled = [
        KeptAnswer(one.payout_id, one.attempt, one.outcome, one.reason, at, sha256, True)
        for one in (*judged.settlements, *judged.repeated)
    ]
    return settled + [
        KeptAnswer(one.payout_id, one.attempt, one.says_now, one.reason, at, sha256, one.money_left)
        for one in judged.contradictions
    ]


def numbered(text: str) -> tuple[int, int] | None:
    """The payout and attempt of a number; None for what none of ours looks like."""
    found = _NUMBER.fullmatch(text)
    return (int(found[1]), int(found[2])) if found is not None else None


_UNKNOWN = ("this payout is not in the batch", "该批次中没有这笔发放")
_TWICE = ("this payout stands in the file twice", "同一笔发放在文件中重复出现")


def judge(lines: Sequence[ResultLine], attempts: Mapping[str, SentAttempt]) -> Judged:
    """Check lines of a result file against the attempts of their batch, by payout number.

    What was said before may be said again; a line that contradicts it is kept apart, and the others count.
    """
    fen = {number: one.amount_fen for number, one in attempts.items()}
    if faults := line_faults(lines, fen, _UNKNOWN, _TWICE):
        return Judged(faults=tuple(faults))
    settlements: list[Settlement] = []
    repeated: list[Settlement] = []
    contradictions: list[Contradiction] = []
    for line in lines:
        known = attempts[line.number]
        if (against := _contradiction(line, known)) is not None:
            contradictions.append(against)
        else:
            said_before = known.outcome == line.outcome
            (repeated if said_before else settlements).extend(_settle(line, known))
    return Judged((), tuple(settlements), tuple(repeated), tuple(contradictions))


def _contradiction(line: ResultLine, known: SentAttempt) -> Contradiction | None:
    now = Outcome(line.outcome)
    before = known.outcome
    if before is None or not contradicts(before, now):
        return None
    return Contradiction(known.payout_id, known.attempt, known.amount_fen, before, now, line.reason)


def _settle(line: ResultLine, known: SentAttempt) -> list[Settlement]:
    outcomes = [Outcome(line.outcome)]
    if outcomes == [Outcome.RETURNED] and known.outcome is None:
        outcomes.insert(0, Outcome.PAID)
    return [
        Settlement(
            known.payout_id,
            known.attempt,
            known.amount_fen,
            outcome,
            None if outcome is Outcome.PAID else line.reason,
        )
        for outcome in outcomes
    ]
