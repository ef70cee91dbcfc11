"""How papers are sent, what the API document says of it, and where anybody checks them."""

from fastapi import Request, Response

from libs.common.web.openapi import Responses
from services.collection.assembly import CollectionContext

#: The page that the QR code leads to.
PAGE = "/certificates/check"
BINARY = {"schema": {"type": "string", "format": "binary"}}
PDF: Responses = {200: {"description": "The paper", "content": {"application/pdf": BINARY}}}


def address_of(context: CollectionContext, http: Request) -> str:
    """The page as residents reach it; without a setting as this request came."""
    base = context.settings.public_url or str(http.base_url)
    return base.rstrip("/") + PAGE


def paper(body: bytes, name: str, form: str) -> Response:
    """A paper as it is sent: to be kept by who asked, and by nobody on the way."""
    headers = {"content-disposition": f'attachment; filename="{name}.{form}"', "cache-control": "no-store"}
    return Response(body, headers=headers, media_type=f"application/{form}")
