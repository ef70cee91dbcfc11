"""Reads the forms that wallets post, as bytes: they sign the values as they were before the encoding."""

from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

import orjson

from libs.common.web.catalogue import MALFORMED_BODY

Fields = Mapping[str, bytes]

#: How senders name what they write in; the characters of GBK and GB 2312 are among those of GB 18030.
_CHARSETS = {"gbk": "gb18030", "gb2312": "gb18030", "gb18030": "gb18030"}


def read_form(raw: bytes) -> dict[str, bytes]:
    """Decode a form once. Raises Problem 400 for what is none, and for a field that stands there twice.

    Of a doubled field two readers would believe different values, and the signature covers neither choice.
    """
    fields: dict[str, bytes] = {}
    for pair in raw.split(b"&"):
        name, equals, value = pair.replace(b"+", b" ").partition(b"=")
        key = unquote_to_bytes(name)
        if not equals or not key or not key.isascii() or key.decode() in fields:
            raise MALFORMED_BODY.problem()
        fields[key.decode()] = unquote_to_bytes(value)
    return fields


def signed_text(fields: Fields, *left_out: str) -> bytes:
    """Give what is signed: all fields that are not empty, by name, as `name=value` joined by `&`."""
    signed = sorted((name, value) for name, value in fields.items() if value and name not in left_out)
    return b"&".join(b"%b=%b" % (name.encode(), value) for name, value in signed)


def kept_form(kind: str, fields: Fields, charset: bytes | None) -> bytes:
    """Give the fields as text, in JSON under the kind of the channel: readable when its keys are gone.

    What is no text in the charset is replaced: the body is kept as it came beside it.
    """
    encoding = _CHARSETS.get((charset or b"").decode("ascii", "replace").lower(), "utf-8")
    texts = {name: value.decode(encoding, "replace") for name, value in fields.items()}
    return orjson.dumps({kind: texts})


def read_kept(kind: str, content: bytes) -> dict[str, str]:
    """Read the fields of a kept form again."""
    fields: dict[str, str] = orjson.loads(content)[kind]
    return fields


def is_kept(kind: str, content: bytes) -> bool:
    """Whether this content is a form of that kind of channel."""
    return content.startswith(b'{"%b":' % kind.encode())
