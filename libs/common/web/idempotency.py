"""Answers "is this the same request again?": the Idempotency-Key header and the fingerprint of a body.

draft-ietf-httpapi-idempotency-key-header-07: a quoted string; the bare form is accepted too. Only what
changed something is remembered: a refused request changed nothing and is judged anew when it comes again.
"""

import hashlib
import re

import orjson

from libs.common.web.catalogue import IDEMPOTENCY_KEY_MISSING, INVALID_REQUEST
from libs.common.web.problems import FieldError

_KEY = re.compile(r'"([!#-~]{1,128})"|([!#-~]{1,128})')


def read_key(header: str | None) -> str:
    """Give the key; raise Problem 400 when it is missing and 422 when it cannot be one."""
    if header is None:
        raise IDEMPOTENCY_KEY_MISSING.problem()
    match = _KEY.fullmatch(header.strip())
    if match is None:
        fault = FieldError(
            "header/idempotency-key",
            "Must be a quoted string of 1 to 128 visible characters, best a UUID.",
            "应为 1 至 128 个可见字符的带引号字符串,建议使用 UUID。",
        )
        raise INVALID_REQUEST.problem(errors=[fault])
    return match[1] or match[2]


def fingerprint(operation: str, body: dict) -> bytes:
    """Digest what is asked, whatever the order of its members."""
    return hashlib.sha256(
        operation.encode() + b"\n" + orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    ).digest()
