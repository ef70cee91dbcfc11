"""What is wrong of a signed JSON webhook, and how its sender mends it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import orjson
from pydantic import ValidationError

from libs.common.web.catalogue import INVALID_REQUEST
from libs.common.web.errors import MAX_ERRORS
from libs.common.web.problems import FieldError, Problem
from libs.common.web.schemas import EARLIEST
from libs.common.web.translations import field_error

#: Fewer brackets than this cannot be nested too deeply.
DEEPEST = 250
#: A channel's clock may run ahead of ours by this much; beyond it the instant is a mistake.
CLOCK_SKEW = timedelta(hours=1)


def of_no_type(types_read: Iterable[str]) -> Problem:
    """A type that nobody reads: all that are read are named."""
    types = ", ".join(types_read)
    return invalid("#/type", f"Must be one of {types}.", f"必须是下列值之一：{types}。")


def of_another_county(county: str | None) -> Problem:
    """Money of a county of which the secret is not."""
    detail = f"The secret is of {county}: it may tell of money paid for people there alone."
    detail_zh = f"该密钥属于 {county}，只能通知本县的缴费。"
    return invalid("#/data/county", detail, detail_zh)


def check_instant(paid_at: datetime, received_at: datetime, pointer: str) -> None:
    """Refuse an instant at which no money moved. Raises Problem 422."""
    if paid_at > received_at + CLOCK_SKEW:
        raise invalid(
            pointer,
            "Lies in the future; send the instant at which the money was moved.",
            "晚于当前时间；请填写资金实际划转时刻。",
        )
    if paid_at.year <= EARLIEST.year and paid_at < EARLIEST:
        raise invalid(
            pointer,
            "Lies before the year 2000; send the instant at which the money was moved.",
            "早于 2000 年；请填写资金实际划转时刻。",
        )


def check_depth(raw: bytes, body: object) -> None:
    """Refuse what is nested so deeply that it can be read once and never be written again."""
    if raw.count(b"[") + raw.count(b"{") < DEEPEST:
        return
    try:
        orjson.dumps(body)
    except orjson.JSONEncodeError:
        raise invalid(
            "#",
            "Nested too deeply; send the members of the description without others inside of others.",
            "嵌套层次过深；请仅填写接口说明所列各项。",
        ) from None


def problem_of(error: ValidationError) -> Problem:
    """Name every fault of a body."""
    faults = error.errors(include_url=False, include_input=False)[:MAX_ERRORS]
    for fault in faults:
        fault["loc"] = ("body", *fault["loc"])
    return INVALID_REQUEST.problem(errors=[field_error(fault) for fault in faults])


def invalid(pointer: str, detail: str, detail_zh: str) -> Problem:
    """Name one fault of a body."""
    return INVALID_REQUEST.problem(errors=[FieldError(pointer, detail, detail_zh)])
