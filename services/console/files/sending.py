"""Takes a file from a form, spooled to disk, and hands it on to a service."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from fastapi import Request
from starlette.datastructures import FormData, UploadFile

from services.console.forms.rules import Fault, Field, Sheet, faults_of, is_key
from services.console.session.rules import FormElsewhere, Visitor, is_form_of

_MOST_FIELDS = 30


class TooLarge(Exception):
    """More was sent than is taken."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What a form brought; without a file where none was chosen."""

    typed: Mapping[str, str]
    key: str
    file: UploadFile | None

    def faults(self, sheet: Sheet) -> list[Fault]:
        """What is missing of it, the file included."""
        missing = Fault("file", "请选择要上传的文件。", "Choose the file to send.")
        return [*faults_of(sheet.fields, self.typed), *([] if self.file else [missing])]


async def closed_after(request: Request) -> AsyncIterator[None]:
    """Have the file on disk go when its request is answered."""
    yield
    await request.close()


async def take(request: Request, visitor: Visitor, fields: tuple[Field, ...], most: int) -> Sent:
    """Read a form with a file. Raises TooLarge and FormElsewhere.

    Nobody who is not signed in comes so far, so that no stranger fills the disk.
    """
    declared = request.headers.get("content-length", "")
    if not declared.isdigit() or int(declared) > most:
        # A browser shows no answer before it has sent everything: it is read, and nothing of it is kept.
        async for _ in request.stream():
            pass
        raise TooLarge
    form = await request.form(max_files=1, max_fields=_MOST_FIELDS)
    if not is_form_of(visitor, _text(form, "form")) or not is_key(key := _text(form, "key")):
        raise FormElsewhere
    file = form.get("file")
    chosen = file if isinstance(file, UploadFile) and file.filename else None
    return Sent({one.name: _text(form, one.name).strip() for one in fields}, key, chosen)


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""
