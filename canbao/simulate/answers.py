"""Reads what the model needs out of answers of the assessment."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from canbao.simulate.outcomes import Help

#: A question of the contract, and an answer to one.
Question: TypeAlias = dict[str, Any]
Answer: TypeAlias = Mapping[str, Any]
#: Asks the assessment.
Ask = Callable[[Question], Answer]


def helps_of(answer: Answer) -> list[Help]:
    """The help in an answer."""
    return [Help(one["payer"], one["mechanism"], one["amount_fen"]) for one in answer["subsidies"]]


def help_fen(answer: Answer) -> int:
    """All help of an answer."""
    return sum(one["amount_fen"] for one in answer["subsidies"])


def benefit_of(answer: Answer) -> tuple[str | None, str | None]:
    """The first and the last day of cover."""
    benefit = answer.get("benefit")
    return (benefit["from"], benefit["to"]) if benefit else (None, None)


def together(helps: Iterable[Help]) -> list[Help]:
    """One sum for each payer and mechanism."""
    sums: dict[tuple[str, str], int] = {}
    for one in helps:
        sums[one.payer, one.mechanism] = sums.get((one.payer, one.mechanism), 0) + one.fen
    return [Help(*key, fen) for key, fen in sorted(sums.items())]


def on_top(entitled: Iterable[Help], first: Sequence[Help]) -> list[Help]:
    """What help there is beside the first, of which what goes to the card counts towards it."""
    known = {(one.payer, one.mechanism) for one in first}
    to_card = sum(one.fen for one in first if one.mechanism == "reimburse_to_card")
    late: list[Help] = []
    for one in entitled:
        if one.mechanism == "outside_system":
            late += [one] if (one.payer, one.mechanism) not in known else []
            continue
        covered = min(to_card, one.fen)
        to_card -= covered
        if one.fen > covered:
            late.append(Help(one.payer, one.mechanism, one.fen - covered))
    return late


def fen_of(helps: Iterable[Help]) -> int:
    """The sum of help."""
    return sum(one.fen for one in helps)
