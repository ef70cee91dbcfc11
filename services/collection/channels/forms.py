"""Reads the forms that wallets post, as bytes: they sign the values as they were before the encoding."""

import hashlib
from collections.abc import Callable, Collection, Mapping
from urllib.parse import unquote_to_bytes

import orjson

from libs.common.security.webhooks import WebhookRejected
from libs.common.web.catalogue import MALFORMED_BODY, SIGNATURE_INVALID
from services.collection.channels.port import PAYMENT, Notification, NotificationKind, named_order

Fields = Mapping[str, bytes]
Texts = Mapping[str, str]

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


def read_notice(
    kind: str,
    raw: bytes,
    charset: str,
    verify: Callable[[Fields], None],
    order_no: str,
    told_by: Callable[[Texts], tuple[str, NotificationKind, object]],
) -> Notification:
    """Verify a form and sort it by what it tells. Raises Problem 400 or 401.

    A notice that is genuine and cannot be read is kept for somebody to look at. `charset` is the field that
    says what the texts are written in, `order_no` the one that names the order; `told_by` gives (dedupe key,
    kind, what is claimed).
    """
    fields = read_form(raw)
    try:
        verify(fields)
    except WebhookRejected as refused:
        raise SIGNATURE_INVALID.problem(str(refused), refused.message_zh, reason=refused.reason) from None
    texts = _texts(fields, fields.get(charset))
    key, told, claim = told_by(texts)
    return Notification(
        dedupe_key=key[:200],
        kind=told,
        content_sha256=hashlib.sha256(orjson.dumps(claim)).digest(),
        headers="{}",
        # Under the kind of the channel, so that it stays readable when the channel's keys are gone.
        content=keep_form(kind, texts),
        order_no=named_order(texts, order_no),
    )


def _texts(fields: Fields, charset: bytes | None) -> dict[str, str]:
    """The fields as text. What is none in the charset is replaced: the body is kept as it came beside it."""
    encoding = _CHARSETS.get((charset or b"").decode("ascii", "replace").lower(), "utf-8")
    return {name: value.decode(encoding, "replace") for name, value in fields.items()}


def all_said(fields: Texts, left_out: Collection[str]) -> list[tuple[str, str]]:
    """All that a notice says, without what differs between its repetitions."""
    return sorted((name, value) for name, value in fields.items() if name not in left_out)


def number_of(fields: Texts, name: str, left_out: Collection[str]) -> str:
    """The number that a notice bears in this field; of one without any a digest of what it says."""
    number = fields.get(name, "").replace("\x00", "")
    return number or hashlib.sha256(orjson.dumps(all_said(fields, left_out))).hexdigest()


def read_kept(kind: str, content: bytes) -> dict[str, str]:
    """Read the fields of a kept form again."""
    fields: dict[str, str] = orjson.loads(content)[kind]
    return fields


def asked_for(
    kind: str,
    fields: Texts,
    dedupe_key: str,
    told: NotificationKind = PAYMENT,
    *,
    order_no: str | None = None,
) -> Notification:
    """What a notice with these fields would say, of what a gateway was asked about."""
    content = keep_form(kind, fields)
    return Notification(
        dedupe_key=f"{dedupe_key} ASKED",
        kind=told,
        content_sha256=hashlib.sha256(content).digest(),
        headers="{}",
        content=content,
        order_no=order_no,
    )


def keep_form(kind: str, fields: Texts) -> bytes:
    """Write fields as those of a notice are kept."""
    return orjson.dumps({kind: fields})


def is_kept(kind: str, content: bytes) -> bool:
    """Whether this content is a form of that kind of channel."""
    return content.startswith(b'{"%b":' % kind.encode())
