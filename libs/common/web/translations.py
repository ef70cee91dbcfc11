"""What is wrong with a field and how to mend it, in both languages.

The value itself is never repeated: it may be an identity number.
"""

from collections.abc import Iterable

from pydantic_core import ErrorDetails, ValidationError

from libs.common.web.problems import FieldError

# Pydantic's type of error -> sentences; the braces are filled from the error's context.
_SENTENCES: dict[str, tuple[str, str]] = {
    "missing": ("Required, but absent. Add it.", "必填项缺失，请补充。"),
    "extra_forbidden": ("Not a member of this request. Remove it.", "接口没有此项，请删除。"),
    "none_required": ("Must be null.", "必须为 null。"),
    "string_type": ("Must be text in quotes.", "必须是字符串（加引号）。"),
    "string_too_short": ("Needs at least {min_length} characters.", "至少需要 {min_length} 个字符。"),
    "string_too_long": ("May have at most {max_length} characters.", "最多 {max_length} 个字符。"),
    "string_pattern_mismatch": ("Must match the pattern {pattern}.", "必须符合格式 {pattern}。"),
    "int_type": ("Must be a whole number without quotes.", "必须是整数（不加引号）。"),
    "int_parsing": ("Must be a whole number.", "必须是整数。"),
    "int_from_float": ("Must be a whole number; money is in fen.", "必须是整数；金额以分为单位。"),
    "int_parsing_size": ("The number is too large.", "数字过大。"),
    "bool_type": ("Must be true or false.", "必须是 true 或 false。"),
    "bool_parsing": ("Must be true or false.", "必须是 true 或 false。"),
    "greater_than": ("Must be greater than {gt}.", "必须大于 {gt}。"),
    "greater_than_equal": ("Must be {ge} or more.", "必须大于或等于 {ge}。"),
    "less_than": ("Must be less than {lt}.", "必须小于 {lt}。"),
    "less_than_equal": ("Must be {le} or less.", "必须小于或等于 {le}。"),
    "date_type": ("Must be a date such as 2019-11-20.", "必须是日期，例如 2019-11-20。"),
    "date_parsing": ("Must be a date such as 2019-11-20.", "必须是日期，例如 2019-11-20。"),
    "date_from_datetime_parsing": ("Must be a date such as 2019-11-20.", "必须是日期，例如 2019-11-20。"),
    "date_from_datetime_inexact": ("Must be a date without a time of day.", "必须是不含时刻的日期。"),
    "multiple_of": ("Must be a multiple of {multiple_of}.", "必须是 {multiple_of} 的倍数。"),
    "float_type": ("Must be a number without quotes.", "必须是数字（不加引号）。"),
    "float_parsing": ("Must be a number.", "必须是数字。"),
    "uuid_parsing": ("Must be a UUID.", "必须是 UUID。"),
    "datetime_from_date_parsing": (
        "Must be an instant such as 2019-11-20T10:00:00+08:00.",
        "必须是时刻，例如 2019-11-20T10:00:00+08:00。",
    ),
    "datetime_type": (
        "Must be an instant such as 2019-11-20T10:00:00+08:00.",
        "必须是时刻，例如 2019-11-20T10:00:00+08:00。",
    ),
    "datetime_parsing": (
        "Must be an instant such as 2019-11-20T10:00:00+08:00.",
        "必须是时刻，例如 2019-11-20T10:00:00+08:00。",
    ),
    "timezone_aware": (
        "The instant needs an offset, for example +08:00.",
        "时刻必须带时区偏移，例如 +08:00。",
    ),
    "literal_error": ("Must be one of {expected}.", "必须是下列值之一：{expected}。"),
    "enum": ("Must be one of {expected}.", "必须是下列值之一：{expected}。"),
    "list_type": ("Must be a list in square brackets.", "必须是列表（方括号）。"),
    "tuple_type": ("Must be a list in square brackets.", "必须是列表（方括号）。"),
    "too_short": ("Needs at least {min_length} entries.", "至少需要 {min_length} 项。"),
    "too_long": ("May have at most {max_length} entries.", "最多 {max_length} 项。"),
    "dict_type": ("Must be an object in curly brackets.", "必须是对象（花括号）。"),
    "model_type": ("Must be an object in curly brackets.", "必须是对象（花括号）。"),
    "model_attributes_type": ("Must be an object in curly brackets.", "必须是对象（花括号）。"),
    "union_tag_not_found": ("The member {discriminator} is needed.", "缺少 {discriminator}。"),
    "union_tag_invalid": (
        "{discriminator} must be one of {expected_tags}.",
        "{discriminator} 必须是 {expected_tags} 之一。",
    ),
}
_OTHERWISE = ("Has a value that is not accepted here.", "取值不符合要求。")


def field_error(error: ErrorDetails) -> FieldError:
    """Translate one Pydantic error. A ValueError or custom error with `message_zh` keeps its words."""
    context = error.get("ctx") or {}
    if error["type"] == "json_invalid":  # its location is a character, not a member
        at = error["loc"][-1]
        return FieldError(
            "#", f"Not well-formed JSON at character {at}.", f"第 {at} 个字符处 JSON 格式错误。"
        )
    reason = context.get("error")
    if isinstance(reason, Exception) and (message_zh := getattr(reason, "message_zh", None)):
        return FieldError(pointer(error["loc"]), str(reason), message_zh)
    if isinstance(message_zh := context.get("message_zh"), str):
        return FieldError(pointer(error["loc"]), error["msg"], message_zh)
    english, chinese = _SENTENCES.get(error["type"], _OTHERWISE)
    return FieldError(pointer(error["loc"]), english.format(**context), chinese.format(**context))


def row_errors(error: ValidationError) -> list[FieldError]:
    """Every fault of one row, with pointers that begin at the row."""
    found = error.errors(include_url=False, include_input=False)
    return [field_error({**fault, "loc": ("body", *fault["loc"])}) for fault in found]


def pointer(location: Iterable[str | int]) -> str:
    """Point at a place in the request: `#/members/0/name` in the body, `query/county` elsewhere."""
    place, *steps = location
    path = "/".join(str(step).replace("~", "~0").replace("/", "~1") for step in steps)
    if place == "body":
        return f"#/{path}" if steps else "#"
    return f"{place}/{path}"
