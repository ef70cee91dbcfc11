"""Reads questions of the assessment contract from JSON, and writes answers to them.

`case` is the asker's own and comes back as it came: also a number beyond what JSON libraries hold.
"""

import json
from typing import TypeAlias

import orjson

from libs.common.policy import QuestionMalformed

#: What an asker may call a question, with numbers in the digits in which they came.
Case: TypeAlias = object

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
#: What a case may be that JSON libraries change on its way: numbers lose digits.
_NOT_PLAIN = (float, list, dict)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_TOO_DEEP = QuestionMalformed(
    "case",
    "is nested too deeply to be given back; use a text or a number",
    "嵌套层次过深，无法原样返回；请使用文字或数字",
)


def read_json(text: bytes) -> tuple[object, Case]:
    """Give what the JSON says, and its `case` as it came. Raises QuestionMalformed for what is no JSON."""
    try:
        data = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if text.startswith(_UTF16):
            en, zh = "is UTF-16; save the file as UTF-8", "为 UTF-16 编码，请另存为 UTF-8"
        else:
            en, zh = f"is not JSON: {error}", f"不是合法的 JSON：第 {error.pos + 1} 个字符处有误"
        raise QuestionMalformed("(line)", en, zh) from None
    if not isinstance(data, dict):
        return data, None
    case = data.get("case")
    if isinstance(case, _NOT_PLAIN):
        case = data["case"] = _as_it_came(text)
    return data, case


def write_json(answer: dict[str, object], case: Case, option: int = 0) -> bytes:
    """Write an answer, which takes its `case`. Raises QuestionMalformed for one that cannot be written."""
    answer["case"] = case
    try:
        return orjson.dumps(answer, option=option)
    except orjson.JSONEncodeError:
        answer["case"] = None
        raise _TOO_DEEP from None


def _as_it_came(text: bytes) -> Case:
    try:
        return json.loads(text, parse_int=_digits, parse_float=_digits)["case"]
    except RecursionError:
        raise _TOO_DEEP from None


def _digits(number: str) -> orjson.Fragment:
    return orjson.Fragment(number)
