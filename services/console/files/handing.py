"""A form that hands a file to a service about one object: shown, looked through, sent once, faults told."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from fastapi import Request
from starlette.responses import Response

from services.console.apis.rules import Refused
from services.console.files.sending import Sent, TooLarge, take
from services.console.forms.rules import Fault, Field, Sheet, faults_said, is_beyond, new_key
from services.console.pages.rendering import page, path_below_root
from services.console.session.rules import Visitor

#: A service reads such a file at once; none of them is as long as the people of a county.
MOST_MIB = 16
_MEBIBYTE = 1024 * 1024
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class FileForm:
    """The form of a file: what is said of it, where its template is, and what goes along unseen."""

    sheet: Sheet
    about_zh: str
    about: str
    template: str
    hidden: Mapping[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[Field, ...]:
        """All that is read of what was sent."""
        return (*self.sheet.fields, *(Field(name, "", "") for name in self.hidden))


#: Hands the file on, and answers with what became of it. Raises Refused.
Hands = Callable[[Sent], Awaitable[Response]]
#: The faults that a refusal says.
Says = Callable[[Refused], list[Fault]]


def show_file_form(
    request: Request, form: FileForm, typed: Mapping[str, str] = _NOTHING,
    faults: Sequence[Fault] = (), key: str = "",
) -> Response:  # fmt: skip
    """The form, or what is wrong with what was sent above it."""
    return page(
        request, "file-of.html", 422 if faults else 200, sheet=form.sheet, file_form=form, typed=typed,
        faults=faults, key=key or new_key(),
    )  # fmt: skip


async def hand_in(
    request: Request, visitor: Visitor, form: FileForm, hands: Hands, says: Says | None = None
) -> Response:
    """Hand a file on, once however often the button is pressed. Raises Refused where no file would help."""
    try:
        sent = await take(request, visitor, form.fields, MOST_MIB * _MEBIBYTE)
    except TooLarge:
        return page(request, "file-large.html", 413, most=MOST_MIB, way=path_below_root(request).lstrip("/"))
    faults, key = sent.faults(form.sheet), sent.key
    if sent.file is not None and not faults:
        try:
            return await hands(sent)
        except Refused as refused:
            if is_beyond(refused):
                raise
            faults = says(refused) if says is not None else faults_said(refused, form.sheet.fields)
            # What was refused changed nothing; under a key that is used up nothing else can be asked for.
            key = new_key() if refused.kind == "idempotency-key-reused" else key
    return show_file_form(request, form, sent.typed, faults, key)
