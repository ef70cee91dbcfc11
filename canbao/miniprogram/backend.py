"""What the backend of a mini-program asks of the APIs, and nothing else. Copy it, in whatever language."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import httpx
import orjson
from pydantic import BaseModel, ValidationError

from canbao.miniprogram.schemas import Found, Order, Problem, Verdict, Voucher
from libs.common.clock import CLOCK_HEADER
from libs.common.security.masking import mask_members, mask_text

Shape = TypeVar("Shape", bound=BaseModel)

_TIMEOUT = httpx.Timeout(20, connect=3)
_LONGEST_SHOWN = 4_000


@dataclass(frozen=True, slots=True)
class Call:
    """A request and what was answered, as the page shows them to who copies this; numbers are masked."""

    method: str
    path: str
    body: str
    status: int
    answer: str


class Refused(Exception):
    """The API refused: its words go to the resident as they are."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.title)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Place:
    """Whose contributions are paid: of which notice; and the channel that tells of the money."""

    county: str
    coverage_year: int
    channel: str


@dataclass(frozen=True, slots=True)
class Payer:
    """Who is at the app, whose real name it has checked."""

    id_number: str
    name: str

    @property
    def written(self) -> dict[str, str]:
        """As the API takes it."""
        return {"id_number": self.id_number, "name": self.name}


class Backend:
    """Asks collection, with a token of the role `mini_program` whose claim `channel` is the app's.

    `at` is the instant of a season that is replayed; a real one has none. `heard` is told each call.
    """

    def __init__(
        self, http: httpx.AsyncClient, url: str, token: Callable[[], str], place: Place, at: datetime | None
    ) -> None:
        self._http, self._url, self._token = http, url, token
        self.place, self.at = place, at

    async def dues(self, payer: Payer, calls: list[Call]) -> Found:
        """What the payer and the family owe. Raises Refused."""
        body = {
            **payer.written,
            "county": self.place.county,
            "coverage_year": self.place.coverage_year,
            "is_payer": True,
        }
        return await self._post(Found, "/v1/dues/search", body, calls)

    async def order(
        self, payer: Payer, people: Sequence[int], tiers: Mapping[int, int], key: str, calls: list[Call]
    ) -> Order:
        """One order for several people; the same key gives the same order. Raises Refused."""
        body = {
            "county": self.place.county,
            "coverage_year": self.place.coverage_year,
            "person_ids": list(people),
            "channel": self.place.channel,
            "payer": payer.written,
            "choices": [{"person_id": one, "tier": tier} for one, tier in tiers.items() if one in people],
        }
        return await self._post(Order, "/v1/orders", body, calls, key)

    async def prepay(self, order_no: str, openid: str, calls: list[Call]) -> None:
        """Open the payment; `pay` of the answer goes to `wx.requestPayment` as it is. Raises Refused."""
        path = f"/v1/orders/{order_no}/prepayment"
        await self._post(BaseModel, path, {"way": "jsapi", "openid": openid}, calls)

    async def look(self, order_no: str, calls: list[Call]) -> Order:
        """Where an order stands; the vouchers of who was paid for. Raises Refused."""
        return await self._get(Order, f"/v1/orders/{order_no}", calls)

    async def cancel(self, order_no: str, key: str, calls: list[Call]) -> Order:
        """Give an order up, so that its people can be paid for otherwise. Raises Refused."""
        return await self._post(Order, f"/v1/orders/{order_no}/cancel", None, calls, key)

    async def voucher(self, voucher_no: str, calls: list[Call]) -> Voucher:
        """The voucher with its code. Raises Refused."""
        return await self._get(Voucher, f"/v1/vouchers/{voucher_no}", calls)

    async def check(self, voucher: Voucher, calls: list[Call]) -> Verdict:
        """Whether it is genuine, as anybody who holds it may ask. Raises Refused."""
        body = {"voucher_no": voucher.voucher_no, "code": voucher.code}
        return await self._post(Verdict, "/v1/vouchers/check", body, calls)

    async def _get(self, shape: type[Shape], path: str, calls: list[Call]) -> Shape:
        return await self._send(shape, "GET", path, None, calls, "")

    async def _post(
        self, shape: type[Shape], path: str, body: object, calls: list[Call], key: str = ""
    ) -> Shape:
        return await self._send(shape, "POST", path, body, calls, key)

    async def _send(
        self, shape: type[Shape], method: str, path: str, body: object, calls: list[Call], key: str
    ) -> Shape:
        headers = {"authorization": f"Bearer {self._token()}"}
        if key:
            headers["idempotency-key"] = f'"{key}"'
        if self.at is not None:
            headers[CLOCK_HEADER] = self.at.isoformat()
        answer = await self._http.request(
            method, f"{self._url}{path}", json=body, headers=headers, timeout=_TIMEOUT
        )
        calls.append(Call(method, path, _shown(body), answer.status_code, _shown_answer(answer)))
        if answer.is_success:
            return shape.model_validate_json(answer.content)
        try:
            raise Refused(Problem.model_validate_json(answer.content))
        except ValidationError:
            raise Refused(Problem(title="No answer", title_zh="服务暂时没有应答")) from None


def _shown(body: object) -> str:
    return "" if body is None else orjson.dumps(mask_members(body), option=orjson.OPT_INDENT_2).decode()


def _shown_answer(answer: httpx.Response) -> str:
    try:
        text = orjson.dumps(orjson.loads(answer.content), option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONDecodeError:
        return ""
    return mask_text(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}\n…")
