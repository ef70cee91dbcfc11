"""Answers a form: shows it, looks through what was typed, says what will happen, and has it done once."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlencode

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.responses import Response

from services.console.apis.rules import Refused
from services.console.forms.rules import (
    Fact,
    Fault,
    Sheet,
    faults_of,
    faults_said,
    is_beyond,
    is_key,
    new_key,
)
from services.console.pages.rendering import page, to_page
from services.console.session.rules import FormElsewhere

#: Has it done, with what was typed and the key of the form; gives the code of the sentence that says so.
Does = Callable[[Mapping[str, str], str], Awaitable[str]]
#: What will happen, as facts; where there are none, the form is carried out at once.
Foresees = Callable[[Mapping[str, str]], list[Fact]]


@dataclass(frozen=True, slots=True)
class Typed:
    """What a form brought: its fields, its key, and whether what will happen was agreed to."""

    fields: Mapping[str, str]
    key: str
    sure: str


def show(request: Request, sheet: Sheet, typed: Mapping[str, str] = MappingProxyType({})) -> Response:
    """The form, empty but for what stands in it at first, and where there is nothing to choose."""
    only = {
        one.name: one.choices[0].code
        for one in sheet.fields
        if one.kind == "choice" and one.required and len(one.choices) == 1
    }
    return _form(request, sheet, {**only, **typed}, [], new_key())


async def answer(request: Request, sheet: Sheet, does: Does, foresees: Foresees | None = None) -> Response:
    """Look through a form that was sent, and have it done. Raises Refused where no other words would help."""
    typed = await _typed(request, sheet)
    faults = faults_of(sheet.fields, typed.fields)
    if not faults and sheet.together is not None:
        faults = sheet.together(typed.fields)
    if faults:
        return _form(request, sheet, typed.fields, faults, typed.key)
    if foresees is not None and typed.sure == "no":
        return _form(request, sheet, typed.fields, [], typed.key)
    if foresees is not None and typed.sure != "yes":
        will = foresees(typed.fields)
        return page(request, "sure.html", sheet=sheet, typed=typed.fields, will=will, key=typed.key)
    try:
        done = await does(typed.fields, typed.key)
    except Refused as refused:
        if is_beyond(refused):
            raise
        # What was refused changed nothing; under a key that is used up nothing else can be asked for.
        key = new_key() if refused.kind == "idempotency-key-reused" else typed.key
        return _form(request, sheet, typed.fields, faults_said(refused, sheet.fields), key)
    more = "&" if "?" in sheet.back else "?"
    return to_page(request, f"{sheet.back}{more}{urlencode({'done': done})}")


async def _typed(request: Request, sheet: Sheet) -> Typed:
    sent = await request.form()
    read = {name: value for name, value in sent.items() if not isinstance(value, UploadFile)}
    if not is_key(key := read.get("key", "")):
        raise FormElsewhere
    fields = {one.name: read.get(one.name, "").strip() for one in sheet.fields}
    return Typed(fields, key, read.get("sure", ""))


def _form(
    request: Request, sheet: Sheet, typed: Mapping[str, str], faults: list[Fault], key: str
) -> Response:
    status = 422 if faults else 200
    return page(request, "form.html", status, sheet=sheet, typed=typed, faults=faults, key=key)
