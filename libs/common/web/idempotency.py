"""One rule for every POST that makes or changes something: with the same key it takes effect once.

It needs the `Idempotency-Key` header of draft-ietf-httpapi-idempotency-key-header-07: a quoted string; the
bare form is accepted too. The key belongs to the caller, and is kept in the transaction of the effect, with a
fingerprint of what was asked and the answer. The same request again gets the first answer with the header
`canbao-repeated: true`; another request under a used key is refused. A refused request changed nothing and is
judged anew when it comes again. A twin that comes meanwhile waits for the first.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import orjson
from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import used_keys
from libs.common.db.used_keys import KEPT_DAYS, idempotency_table, purge
from libs.common.security.caller import Caller
from libs.common.security.masking import mask_identities
from libs.common.web.catalogue import IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED, INVALID_REQUEST
from libs.common.web.problems import FieldError

__all__ = [
    "KEPT_DAYS",
    "REPEATED",
    "IdempotencyKey",
    "Key",
    "Once",
    "answer",
    "answered",
    "fingerprint",
    "idempotency_table",
    "once",
    "purge",
    "read_key",
]

REPEATED = {"canbao-repeated": "true"}
_KEY = re.compile(r'"([!#-~]{1,128})"|([!#-~]{1,128})')


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """The key of a request, and the operation it was sent to."""

    key: str
    operation: str


@dataclass(frozen=True, slots=True)
class Once:
    """A request that is to take effect once: whose key it is, and what was asked under it."""

    caller: str
    key: str
    fingerprint: bytes


def read_key(header: str | None) -> str:
    """Give the key; raise Problem 400 when it is missing and 422 when it cannot be one."""
    if header is None:
        raise IDEMPOTENCY_KEY_MISSING.problem()
    match = _KEY.fullmatch(header.strip())
    if match is None:
        fault = FieldError(
            "header/idempotency-key",
            "Must be a quoted string of 1 to 128 visible characters, best a UUID.",
            "应为 1 至 128 个可见字符的带引号字符串，建议使用 UUID。",
        )
        raise INVALID_REQUEST.problem(errors=[fault])
    key = match[1] or match[2]
    if mask_identities(key) != key:
        fault = FieldError(
            "header/idempotency-key",
            "Must not hold an identity number: keys are kept in clear. Send a fresh UUID.",
            "不得包含身份证件号码：键以明文保存。请使用新的 UUID。",
        )
        raise INVALID_REQUEST.problem(errors=[fault])
    return key


async def _key(
    request: Request,
    idempotency_key: Annotated[
        str | None,
        Header(
            description="A fresh UUID for each new request, quoted; the same when it is repeated.",
            examples=['"8e03978e-40d5-43dd-bc93-6894a57f9324"'],
        ),
    ] = None,
) -> IdempotencyKey:
    address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return IdempotencyKey(read_key(idempotency_key), f"{request.method} {address}")


#: The dependency of every operation that makes or changes something.
Key = Annotated[IdempotencyKey, Depends(_key)]


def once(caller: Caller, key: IdempotencyKey, asked: BaseModel | Mapping[str, object] | bytes | None) -> Once:
    """Describe a request; the order of members does not matter, and bytes are taken as they are.

    A member that says what it would say by itself counts as left out: so a request that is repeated after an
    upgrade is the same, although what may be asked has grown.
    """
    if isinstance(asked, BaseModel):
        asked = asked.model_dump(mode="json", exclude_defaults=True)
    return Once(caller.subject, key.key, fingerprint(key.operation, asked))


def fingerprint(operation: str, asked: Mapping[str, object] | bytes | None) -> bytes:
    """Digest what is asked of an operation."""
    content = asked if isinstance(asked, bytes) else _written(asked)
    return hashlib.sha256(operation.encode() + b"\n" + content).digest()


def _written(asked: Mapping[str, object] | None) -> bytes:
    """What is asked as JSON, even where it holds numbers or texts that are refused later, row by row."""
    try:
        return orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        return json.dumps(asked, sort_keys=True, default=str).encode()


async def answered(conn: AsyncConnection, request: Once, at: datetime) -> Response | None:
    """Take the key until the transaction ends; give the first answer if the request was carried out before.

    Call it first in the transaction of the effect. Raises Problem 422 for a key of another request.
    """
    if await used_keys.take(conn, request.caller, request.key, request.fingerprint, at):
        return None
    used = await used_keys.find(conn, request.caller, request.key)
    if used.fingerprint != request.fingerprint:
        raise IDEMPOTENCY_KEY_REUSED.problem()
    assert used.status is not None, "a key is committed with its answer"
    return Response(used.answer, used.status, REPEATED, "application/json")


async def answer(conn: AsyncConnection, request: Once, body: BaseModel, status: int = 201) -> Response:
    """Keep the answer with the effect, and give it to be sent."""
    text = body.model_dump_json(by_alias=True)
    await used_keys.keep(conn, request.caller, request.key, status, text)
    return Response(text, status, media_type="application/json")


async def give_back(conn: AsyncConnection, request: Once) -> None:
    """Give the key back of a request that is refused although something is kept with it, as an open case."""
    await used_keys.forget(conn, request.caller, request.key)
