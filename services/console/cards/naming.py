"""What is said of cards that were not taken, or that are odd."""

from services.console.cards.schemas import CardProblem
from services.console.worklists.naming import Names

WARNINGS: Names = {
    "luhn": (
        "账号末位校验不符，请再核对；存折等账户没有校验位的，可以登记。",
        "The check digit does not fit: look at the number again. Many accounts have none, and may be taken.",
    ),
    "holder_differs": (
        "户名与本人（未成年人为监护人）不符：可以登记，经两人核准后才发放。",
        "The holder is neither the person nor a minor’s guardian: it is taken, but no money goes there until "
        "two officers accept it.",
    ),
}


def said_of(problem: CardProblem) -> tuple[str, str]:
    """Why a card was not taken, in both languages: its faults, else the problem as a whole."""
    if problem.errors:
        return (
            "".join(one.detail_zh for one in problem.errors),
            " ".join(one.detail for one in problem.errors),
        )
    return f"{problem.title_zh}。{problem.detail_zh}", f"{problem.title}. {problem.detail}"
