"""Shows money of those who help, and what became of a list."""

from dataclasses import asdict

from libs.common.policy import Notice
from services.registration.helps.reading import ReadList
from services.registration.helps.rules import WHY, Judged, Money, Reason
from services.registration.helps.schemas import GivenOut, HelpListed, HelpMoney, LeftOutOut


def money_out(notice: Notice, money: Money) -> HelpMoney:
    """Money with the name of who helps, as the notice has it."""
    label = notice.payer_labels[money.payer]
    return HelpMoney(**asdict(money), left_fen=money.left_fen, payer_label=label.en, payer_label_zh=label.zh)


def list_out(judged: Judged, left_fen: int, read: ReadList, *, dry_run: bool) -> HelpListed:
    """What became of a list, line by line; of a file by its own lines."""
    lines = list(read.people)

    def line_of(index: int) -> int:
        return lines[index] if lines else index

    left_out = [(line_of(line.index), reason) for line, reason in judged.left_out]
    unreadable: list[tuple[int, Reason]] = [(line, "unreadable") for line in read.unreadable]
    return HelpListed(
        dry_run=dry_run,
        given=[
            GivenOut(index=line_of(one.index), person_id=one.standing.person_id, amount_fen=one.amount_fen)
            for one in judged.given
        ],
        left_out=[
            LeftOutOut(index=index, reason=reason, because=WHY[reason][0], because_zh=WHY[reason][1])
            for index, reason in sorted([*left_out, *unreadable])
        ],
        left_fen=left_fen,
    )
