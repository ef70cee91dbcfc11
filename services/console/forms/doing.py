"""Has collection do what a form asks for: shown, looked through, told what it will do, and sent once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fastapi import Request
from starlette.responses import Response

from services.console.apis.asking import Asking
from services.console.decisions.schemas import Done
from services.console.forms.answering import answer
from services.console.forms.rules import Fact, Sheet


@dataclass(frozen=True, slots=True)
class Deed:
    """A form with where it is sent, as what, what it will do, and the code of what is said afterwards."""

    sheet: Sheet
    path: str
    body: Callable[[Mapping[str, str]], Mapping[str, object]]
    will: Callable[[Mapping[str, str]], list[Fact]]
    done: str


async def carry_out(request: Request, asking: Asking, deed: Deed) -> Response:
    """Look through what was sent, and have it done once. Raises Refused where no other words would help."""

    async def send(typed: Mapping[str, str], key: str) -> str:
        await asking.change(Done, "collection", deed.path, deed.body(typed), key)
        return deed.done

    return await answer(request, deed.sheet, send, deed.will)
