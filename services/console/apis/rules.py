"""What can go wrong with an API that a page asks, and the addresses of all of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, TypeAdapter, ValidationError

from libs.common.settings import SettingInvalid

#: The services whose APIs pages speak to.
ASKED = ("registration", "collection", "subsidy", "ledger", "webhooks")
#: Longer times are told in minutes.
_IN_SECONDS = 120
_ADDRESSES = TypeAdapter(dict[str, str])


class ServiceAway(Exception):
    """A service does not answer, or not with what it should."""

    def __init__(self, service: str) -> None:
        super().__init__(service)
        self.service = service


class StillCounting(Exception):
    """A service counts figures of a whole county for longer than a page waits; it goes on by itself."""

    def __init__(self, service: str) -> None:
        super().__init__(service)
        self.service = service


class FieldFault(BaseModel):
    """One fault within what was sent: a JSON Pointer into the body, and what is wrong."""

    pointer: str = ""
    detail: str = ""
    detail_zh: str = ""


@dataclass
class Refused(Exception):
    """A service refused; its own words say why and how to mend it."""

    service: str
    status: int
    kind: str
    title: str
    title_zh: str
    detail: str
    detail_zh: str
    errors: tuple[FieldFault, ...] = ()
    #: What it names beside: lines of a batch that differ, receipts.
    named: tuple[FieldFault, ...] = ()
    #: After how many seconds it may be asked again, where it was asked too often.
    after_seconds: int | None = None


def seconds_of(header: str | None) -> int | None:
    """The seconds of a `Retry-After` header; None where there are none, or a date."""
    return int(header) if header and header.isascii() and header.isdecimal() else None


def again_in(seconds: int | None) -> tuple[str, str]:
    """When something may be asked again that was asked too often, in both languages."""
    if not seconds:
        return "请稍候再试。", "Try again in a while."
    if seconds <= _IN_SECONDS:
        return f"请在 {seconds} 秒后再试。", f"Try again in {seconds} seconds."
    minutes = -(-seconds // 60)
    return f"请在 {minutes} 分钟后再试。", f"Try again in {minutes} minutes."


def absent(service: str) -> Refused:
    """What a service would have said of something that is not there."""
    return Refused(service, 404, "not-found", "", "", "", "")


def addresses(setting: str | None) -> Mapping[str, str]:
    """Read the addresses of the APIs. Raises SettingInvalid."""
    try:
        found = _ADDRESSES.validate_python(json.loads(setting or "{}"))
    except (ValueError, ValidationError):
        found = {}
    if set(found) != set(ASKED):
        raise SettingInvalid(
            'CANBAO_CONSOLE_APIS must be JSON that gives the address of each service: {"registration": '
            f'"http://registration:8001", ...}}, for {", ".join(ASKED)}'
        )
    return {name: url.rstrip("/") for name, url in found.items()}
