"""Files that operations give out: what they are, how they are described, what they are called."""

from collections.abc import Sequence
from typing import Literal
from urllib.parse import quote

from fastapi import Response

from libs.common.web.openapi import Responses

Form = Literal["html", "csv", "xlsx", "pdf"]
#: What each form is to HTTP.
MEDIA: dict[Form, str] = {
    "html": "text/html; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


def file_responses(description: str, forms: Sequence[Form], header: Sequence[str] = ()) -> Responses:
    """Describe an answer that is a file in one of several forms; `header` are the columns of a table."""
    examples = {"html": "<!doctype html>", "csv": ",".join(header) + "\r\n"}
    content: dict[str, object] = {}
    for form in forms:
        if form in examples:
            content[MEDIA[form].partition(";")[0]] = {
                "schema": {"type": "string"},
                "example": examples[form],
            }
        else:
            content[MEDIA[form]] = {"schema": {"type": "string", "format": "binary"}}
    return {200: {"description": description, "content": content}}


def table_body(example: str) -> dict[str, object]:
    """The `openapi_extra` of an operation that reads a small table: CSV like `example`, or a workbook."""
    content = {
        "text/csv": {"schema": {"type": "string"}, "example": example},
        MEDIA["xlsx"]: {"schema": {"type": "string", "format": "binary"}},
    }
    return {"requestBody": {"required": True, "content": content}}


def workbook_answer(workbook: bytes, name: str) -> Response:
    """Answer with a workbook, called so where it is kept."""
    return Response(workbook, headers=headers_of("xlsx", name), media_type=MEDIA["xlsx"])


def headers_of(form: Form, name: str) -> dict[str, str]:
    """A name without its ending, in any script, for a file to keep; of a page, that nothing in it runs."""
    if form == "html":
        return {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return {"content-disposition": f"attachment; filename*=UTF-8''{quote(f'{name}.{form}')}"}
