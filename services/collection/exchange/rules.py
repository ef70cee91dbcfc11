"""What is exchanged with a collector and with the bureau: parties, kinds of rows, and what answers do.

Youxi 2020, 八(二): medical insurance sends who owes what, the tax bureau returns who paid. Dong'an 2020,
七(二): what was audited within three workdays goes to medical insurance, which confirms it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

#: collector: the tax bureau, or whoever takes the contributions; bureau: medical insurance.
Party = Literal["collector", "bureau"]
#: due: what somebody owes; payment: what was paid; special_payment: paid by a decision, or anew after a
#: refund; refund: what went back of a payment so far; status: where somebody's year stands.
Kind = Literal["due", "payment", "special_payment", "refund", "status"]
#: sent: nobody answered; accepted, refused: the party's first word.
RowState = Literal["sent", "accepted", "refused"]
#: unanswered: of a batch of which some rows were not answered.
BatchState = Literal["unanswered", "answered"]
#: What a party says of a row.
Outcome = Literal["accepted", "refused"]

PARTIES: tuple[Party, ...] = get_args(Party)
#: What goes to whom, in the order in which it goes.
KINDS: Mapping[Party, tuple[Kind, ...]] = {
    "collector": ("due",),
    "bureau": ("status", "payment", "special_payment", "refund"),
}
#: Half a million rows that are answered at once; more come in parts.
MOST_ANSWER_BYTES = 64 * 1024 * 1024
#: What parties and kinds are called, in English and Chinese.
PARTY_NAMES: Mapping[Party, tuple[str, str]] = {
    "collector": ("collector", "征收机构"),
    "bureau": ("medical insurance bureau", "医保经办机构"),
}
KIND_NAMES: Mapping[Kind, tuple[str, str]] = {
    "due": ("dues", "应征"),
    "payment": ("payments", "实缴"),
    "special_payment": ("special payments", "特殊缴费"),
    "refund": ("refunds", "退费"),
    "status": ("statuses", "参保状态"),
}


class Daily(BaseModel):
    """In which layout the batches of a party are made each day by themselves, and from which time on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: str
    at: str = Field(default="18:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")

    @property
    def time(self) -> time:
        """The time of day in China."""
        return time.fromisoformat(self.at)


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """What a file says of one row; `line` is its place in the file, from 1."""

    line: int
    number: str
    outcome: Outcome
    code: str | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True)
class AnswerFile:
    """An answer that could be read, with what it says of itself; None: it does not."""

    batch_no: int | None
    count: int | None
    lines: tuple[AnswerLine, ...]


@dataclass(frozen=True, slots=True)
class AnswerFault:
    """Why an answer is refused; `line` is 0 when it is about the whole file."""

    line: int
    detail: str
    detail_zh: str


@dataclass(frozen=True, slots=True)
class SentRow:
    """A row of a batch as it stands."""

    row_no: int
    number: str
    state: RowState


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer held against its batch: faults, or else what is new and what contradicts an earlier word."""

    faults: tuple[AnswerFault, ...] = ()
    news: tuple[tuple[SentRow, AnswerLine], ...] = ()
    contradictions: tuple[tuple[SentRow, AnswerLine], ...] = ()


def judge(file: AnswerFile, batch_no: int, sent: Mapping[str, SentRow]) -> Judged:
    """Hold an answer against the rows of its batch, by their numbers: all of it counts, or nothing.

    What was said before may be said again; another word is kept apart, and the first one stands.
    """
    faults = [*_of_the_whole(file, batch_no), *_of_lines(file.lines, sent)]
    if faults:
        return Judged(faults=tuple(faults))
    told = [(sent[line.number], line) for line in file.lines]
    return Judged(
        news=tuple(pair for pair in told if pair[0].state == "sent"),
        contradictions=tuple(pair for pair in told if pair[0].state not in ("sent", pair[1].outcome)),
    )


def _of_the_whole(file: AnswerFile, batch_no: int) -> list[AnswerFault]:
    faults = []
    if file.batch_no is not None and file.batch_no != batch_no:
        faults.append(
            AnswerFault(
                0,
                f"the file is about batch {file.batch_no}, not {batch_no}",
                f"文件所属批次为 {file.batch_no}，应为 {batch_no}",
            )
        )
    if file.count is not None and file.count != len(file.lines):
        faults.append(
            AnswerFault(
                0,
                f"the file declares {file.count} rows and has {len(file.lines)}",
                f"文件声明 {file.count} 条，实有 {len(file.lines)} 条",
            )
        )
    return faults


def _of_lines(lines: Sequence[AnswerLine], sent: Mapping[str, SentRow]) -> list[AnswerFault]:
    faults, seen = list[AnswerFault](), set[str]()
    for line in lines:
        if line.number not in sent:
            faults.append(AnswerFault(line.line, "this row is not in the batch", "该批次中没有这条记录"))
        elif line.number in seen:
            faults.append(AnswerFault(line.line, "this row stands in the file twice", "同一条记录重复出现"))
        seen.add(line.number)
    return faults


def subject_of(party: Party, kind: Kind, number: str) -> str:
    """What a case about a row is about: what is sent anew is the same."""
    return f"exchange/{party}/{kind}/{number}"
