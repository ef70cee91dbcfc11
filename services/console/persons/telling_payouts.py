"""Tells of money that goes to a card: when the bank got it, what it said, and what is needed next."""

from collections.abc import Iterator

from services.console.persons.money_schemas import AttemptAnswer, Payout, PayoutAttempt
from services.console.persons.rules import Event, named
from services.console.persons.words import NEXT_STEPS, PAYOUT_KINDS

#: Payouts that somebody has to do something about.
_STUCK = ("waiting_card", "needs_card", "held")
_FAILED = ("failed", "returned")


def told_of_payout(one: Payout) -> Iterator[Event]:
    """What happened to a payout; what it needs next stands at the last thing that happened to it."""
    kind_zh, kind = named(PAYOUT_KINDS, one.kind)
    last = one.attempts[-1] if one.attempts else None
    if last is None:
        yield _waiting(one, kind_zh, kind)
        return
    for attempt in one.attempts:
        yield from _attempt(one, attempt, kind_zh, kind, last=attempt is last)


def _waiting(one: Payout, kind_zh: str, kind: str) -> Event:
    """One that was never sent."""
    if one.state == "cancelled":
        said = f"{kind_zh}：待发放，后已取消", f"{kind}: to be paid out, cancelled since"
        return Event(one.created_at, *said, one.amount_fen)
    next_zh, next_en = named(NEXT_STEPS, one.next_step)
    said = f"{kind_zh}：待发放，{next_zh}", f"{kind}: to be paid out; {next_en}"
    return Event(one.created_at, *said, one.amount_fen, trouble=one.state in _STUCK)


def _attempt(one: Payout, tried: PayoutAttempt, kind_zh: str, kind: str, *, last: bool) -> Iterator[Event]:
    to_zh = f"（{tried.bank} {tried.account_masked}，批次 {tried.batch_id}）"
    to = f" ({tried.bank} {tried.account_masked}, batch {tried.batch_id})"
    next_zh, next_en = _next(one) if last else ("", "")
    if tried.sent_at is not None:
        waits_zh, waits = (next_zh, next_en) if tried.outcome is None else ("", "")
        said = f"{kind_zh}：已送银行{to_zh}{waits_zh}", f"{kind}: sent to the bank{to}{waits}"
        yield Event(tried.sent_at, *said, one.amount_fen)
    elif tried.outcome is None:
        said = (
            f"{kind_zh}：已列入批次，待复核{to_zh}",
            f"{kind}: in a batch that waits for a second person{to}",
        )
        yield Event(tried.batched_at, *said, one.amount_fen)
    answers, counted = _answers(tried), ""
    for answer in answers:
        newest = last and answer is answers[-1]
        says_zh, says = _outcome(answer, again=answer.counts and answer.outcome == counted)
        counted = answer.outcome if answer.counts else counted
        yield Event(
            answer.answered_at,
            f"{kind_zh}：{says_zh}{to_zh}{next_zh if newest else ''}{_file(answer, zh=True)}",
            f"{kind}: {says}{to}{next_en if newest else ''}{_file(answer, zh=False)}",
            one.amount_fen,
            trouble=newest and answer.outcome in _FAILED and one.state in _STUCK,
        )


def _answers(tried: PayoutAttempt) -> list[AttemptAnswer]:
    """All that was said of a sending, in its order; of a batch that was refused, that."""
    if tried.outcome is None or tried.settled_at is None:
        return tried.answers
    if any(one.counts and one.outcome == tried.outcome for one in tried.answers):
        return tried.answers
    settled = AttemptAnswer(
        outcome=tried.outcome, reason=tried.reason, answered_at=tried.settled_at, counts=True,
        file_sha256=None, received_by=None,
    )  # fmt: skip
    return [*tried.answers, settled]


def _file(answer: AttemptAnswer, *, zh: bool) -> str:
    """By which file, as far as that is known: the beginning of its hash, and who took it in."""
    if answer.file_sha256 is None:
        return ""
    begins, by = answer.file_sha256[:12], answer.received_by or "-"
    return f"；回盘文件 {begins}，由 {by} 导入" if zh else f"; by file {begins}, taken in by {by}"


def _outcome(answer: AttemptAnswer, *, again: bool) -> tuple[str, str]:
    why_zh, why = (f"，原因：{answer.reason}", f", for {answer.reason}") if answer.reason else ("", "")
    if not answer.counts:
        why_zh, why = f"{why_zh}，与此前回盘不符，待核实", f"{why}, against its earlier word: a case"
    if again:
        why_zh, why = f"{why_zh}，与此前回盘相同", f"{why}, as it had said before"
    match answer.outcome:
        case "paid":
            return f"已到账{why_zh}", f"paid out{why}"
        case "failed":
            return f"银行发放失败{why_zh}", f"the bank failed{why}"
        case "returned":
            return f"被银行退回{why_zh}", f"the bank returned it{why}"
    return "批次未获批准，未送银行", "its batch was refused, and not sent"


def _next(one: Payout) -> tuple[str, str]:
    if one.state == "cancelled":
        return "，后已取消", "; cancelled since"
    zh, en = named(NEXT_STEPS, one.next_step)
    return (f"，{zh}", f"; {en}") if zh else ("", "")
