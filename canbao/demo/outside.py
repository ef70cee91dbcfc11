"""What the county hears at the end of the demo: alerts told to its webhook, reminders, whom to telephone."""

import asyncio
import csv
import io
import json
import secrets
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path

from pydantic import BaseModel

from canbao.definitions import SEASON
from canbao.demo.profiles import HUINING_2021, YOUXI_2020, Profile, at
from canbao.replay.credentials import tokens
from canbao.replay.play import Driver
from canbao.replay.services import Services, read
from canbao.simulator.alert_receiver import AlertReceiver
from canbao.simulator.message_gateway import MessageGateway
from libs.common.printing.pages import beginning, cells_of, heading_row
from libs.common.security.webhooks import generate_secret

#: Youxi sends through a gateway; Huining has none, and its officers telephone.
REMINDED_AT = {"youxi": at(2020, 2, 20, 12), "huining": at(2020, 12, 8, 12)}
#: The bank of Youxi that debits accounts.
DEBITING_BANK = "debit-rcb"
#: Families of each that agreed to be reminded, or to be debited.
_AGREED = 5
#: Looks are seconds apart here, so that nobody waits for a minute.
_LOOK_SECONDS = 3
_PATIENCE_SECONDS = 60


class _Says(BaseModel):
    says_zh: str


class _Alert(BaseModel):
    case_id: int
    kind: str
    title_zh: str
    county: str | None
    opened_at: datetime
    acknowledged_at: datetime | None
    state: str
    alert: _Says | None


class _Alerts(BaseModel):
    items: list[_Alert]


class _Person(BaseModel):
    person_id: int | None


class _People(BaseModel):
    items: list[_Person]


class _Run(BaseModel):
    run_id: int
    states: dict[str, int]


class _Runs(BaseModel):
    items: list[_Run]


@dataclass(frozen=True)
class Outside:
    """Who listens beside the demo."""

    gateway: MessageGateway
    receiver: AlertReceiver

    @property
    def settings(self) -> Mapping[str, str]:
        """What the services have to know of them."""
        return {
            "CANBAO_REGISTRATION_MESSAGE_GATEWAYS": self.gateway.setting(YOUXI_2020.county),
            "CANBAO_COLLECTION_DEBITS": json.dumps({YOUXI_2020.county: {DEBITING_BANK: {}}}),
            "CANBAO_ALERT_WEBHOOKS": self.receiver.setting(),
            "CANBAO_INTERNAL_NETWORKS": "127.0.0.1/32",
            "CANBAO_LOOK_SECONDS": str(_LOOK_SECONDS),
        }


@contextmanager
def listening() -> Iterator[Outside]:
    """A message gateway and a receiver of alerts, simulated, while in the context."""
    with MessageGateway(secrets.token_hex(16)) as gateway, AlertReceiver(generate_secret()) as receiver:
        yield Outside(gateway, receiver)


async def show_alerts(driver: Driver, outside: Outside, directory: Path) -> tuple[str, Path]:
    """See one alert through: raised by time, acknowledged, resolved; give what was heard, and a page."""
    async with Services(driver.addresses, tokens(driver.data_dir)) as services:
        await until(lambda: _has_alert(services))
        open_ones = await _alerts(services, "registration", "open")
        # What data cannot tell to be done is resolved by whoever says that it is.
        one = next((each for each in open_ones if each.kind == "deadline_missed"), None)
        if one is not None:
            path = f"/v1/cases/{one.case_id}/acknowledgement"
            await services.send(
                "registration",
                "POST",
                path,
                at=one.opened_at,
                body={"note": "已办结"},
                key=f"seen-{one.case_id}",
            )
            await until(lambda: _is_closed(services, one.case_id))
        await until(lambda: _is_told(outside))
        rows = [
            (name, each)
            for name in SEASON
            for state in ("open", "closed")
            for each in await _alerts(services, name, state)
        ]
    path_of = directory / "alerts.html"
    await write_page(path_of, "预警及办理情况", _HEADINGS, [_alert_row(name, one) for name, one in rows])
    seen = sum(one.acknowledged_at is not None for _, one in rows)
    over = sum(one.state == "closed" for _, one in rows)
    told = len(outside.receiver.told)
    return (
        f"{len(rows)} raised, {seen} acknowledged, {over} resolved; the webhook heard {told} so far",
        path_of,
    )


async def remind(driver: Driver, outside: Outside, directory: Path) -> tuple[str, Path, Path]:
    """Remind payers of Youxi through the gateway, and list those of Huining to telephone; pages of both."""
    async with Services(driver.addresses, tokens(driver.data_dir)) as services:
        await _agree(services, YOUXI_2020)
        sent = await _run(services, YOUXI_2020, "gateway")
        await until(lambda: _is_sent(services, sent))
        await _agree(services, HUINING_2021)
        listed = await _run(services, HUINING_2021, "list")
        path = f"/v1/reminders/{listed.run_id}/file?format=csv"
        file = await services.send("registration", "GET", path, at=REMINDED_AT[HUINING_2021.county])
    messages, calls = directory / "reminders.html", directory / "to-telephone.html"
    rows = [(one.to, one.text) for one in outside.gateway.messages]
    await write_page(messages, "已发缴费提醒", ("手机号", "内容"), rows)
    header, *lines = csv.reader(io.StringIO(file.content.decode("utf-8-sig")))
    await write_page(calls, "待电话联系名单", header, lines)
    return f"{len(rows)} sent, {len(lines)} to telephone", messages, calls


_HEADINGS = ("服务", "预警", "内容", "发生时间", "签收时间", "状态")


def _alert_row(service: str, one: _Alert) -> tuple[str, ...]:
    times = [f"{each:%Y-%m-%d %H:%M}" if each else "" for each in (one.opened_at, one.acknowledged_at)]
    state = "已解除" if one.state == "closed" else "未解除"
    return (service, one.title_zh, one.alert.says_zh if one.alert else "", *times, state)


async def _alerts(services: Services, service: str, state: str) -> list[_Alert]:
    return (await services.get(_Alerts, service, f"/v1/cases?alert=true&state={state}")).items


async def _has_alert(services: Services) -> bool:
    return bool(await _alerts(services, "registration", "open"))


async def _is_closed(services: Services, case_id: int) -> bool:
    return all(one.case_id != case_id for one in await _alerts(services, "registration", "open"))


async def _is_told(outside: Outside) -> bool:
    return bool(outside.receiver.told)


async def _is_sent(services: Services, run: _Run) -> bool:
    path = f"/v1/reminders?county={YOUXI_2020.county}&coverage_year={YOUXI_2020.coverage_year}"
    runs = (await services.get(_Runs, "registration", path)).items
    made = next(one for one in runs if one.run_id == run.run_id)
    return not made.states.get("queued") and not made.states.get("sending")


async def _agree(services: Services, profile: Profile) -> None:
    """Some who have not paid agree to be reminded; phones are made up."""
    when = REMINDED_AT[profile.county]
    for place, person_id in enumerate(await to_pay(services, profile, when)):
        body = {"coverage_year": profile.coverage_year, "phone": f"1380000{place:04d}", "consent": True}
        await services.send(
            *("registration", "POST", f"/v1/persons/{person_id}/contacts"),
            at=when, role="mini_program", body=body, key=f"agrees-{person_id}",
        )  # fmt: skip


async def to_pay(services: Services, profile: Profile, when: datetime) -> list[int]:
    """Some who have not paid at an instant."""
    wanted = {
        "county": profile.county,
        "coverage_year": profile.coverage_year,
        "division_code": profile.region,
        "on_list": "unpaid",
    }
    path = f"/v1/surveys/search?limit={_AGREED}"
    found = read(_People, await services.send("registration", "POST", path, at=when, body=wanted))
    return [one.person_id for one in found.items if one.person_id is not None]


async def _run(services: Services, profile: Profile, means: str) -> _Run:
    body = {
        "county": profile.county,
        "coverage_year": profile.coverage_year,
        "text_id": "unpaid",
        "means": means,
    }
    return read(
        _Run,
        await services.send(
            *("registration", "POST", "/v1/reminders"),
            at=REMINDED_AT[profile.county], body=body, key=f"remind-{profile.county}",
        ),
    )  # fmt: skip


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait for what the services do by themselves; after a while the demo shows what there is."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while not await holds():  # noqa: ASYNC110 - another process does it
                await asyncio.sleep(0.5)


async def write_page(path: Path, title: str, header: Sequence[str], rows: Iterable[Iterable[str]]) -> None:
    """Write a table as a page to open in a browser."""
    lines = "".join(f"<tr>{cells_of(row)}</tr>" for row in rows)
    page = f"{beginning(title)}<h1>{escape(title)}</h1>{heading_row(header)}{lines}</tbody></table>"
    await asyncio.to_thread(path.write_text, page, encoding="utf-8")
