"""Asks the public APIs of the services, with the rights of who is signed in and no others."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import BinaryIO, TypeVar

import httpx
import structlog
from pydantic import BaseModel, ValidationError
from starlette.responses import Response

from libs.common.clock import CLOCK_HEADER, Clock, MovableClock
from libs.common.observability.correlation import CORRELATION_HEADER, correlation_id
from libs.common.observability.traces import carried
from libs.common.web.files import MEDIA
from services.console.apis.naming import named_beside
from services.console.apis.rules import FieldFault, Refused, ServiceAway, StillCounting, seconds_of
from services.console.apis.signing import Tokens
from services.console.apis.wording import for_people, for_people_zh
from services.console.session.rules import Visitor

log = structlog.get_logger(__name__)

Shape = TypeVar("Shape", bound=BaseModel)
Query = Mapping[str, str | int | bool]
#: What is sent: members, or a list of rows.
Sent = Mapping[str, object] | Sequence[Mapping[str, object]]

_ALONE = {"cache-control": "no-store", "referrer-policy": "same-origin", "x-content-type-options": "nosniff"}
#: What a file says of itself; nothing else of the answer reaches a browser.
_OF_FILES = ("content-type", "content-disposition", "content-security-policy")
_TIMEOUT = httpx.Timeout(20, connect=3)
#: Figures older than was asked for are shown once more while they are counted anew, but not for ever.
_STALE_TIMES = 9
#: A service looks through a file before it answers.
_OF_UPLOADS = httpx.Timeout(300, connect=3)
#: How a workbook begins; any other table is CSV.
_ZIP = b"PK"
#: A file with its name.
Named = tuple[str, BinaryIO]


class Apis:
    """The services, each at its address. Every page has a token of its own, of one visitor."""

    def __init__(
        self,
        addresses: Mapping[str, str],
        tokens: Tokens,
        http: httpx.AsyncClient,
        clock: Clock,
        figures_seconds: int = 0,
    ) -> None:
        self._addresses = addresses
        self._tokens = tokens
        self._http = http
        self._clock = clock
        self._figures_seconds = figures_seconds

    def of(self, visitor: Visitor, address: str, *, asks_again: bool = False) -> "Asking":
        """Ask for a visitor at an address, so that guesses are counted as theirs."""
        return Asking(self, visitor, address, asks_again=asks_again)

    def of_nobody(self, address: str) -> "Sending":
        """Ask what the APIs tell anybody, at the address of who asks."""
        return Sending(self, address)

    def token_of(self, visitor: Visitor) -> str:
        """Sign a token. Raises SettingInvalid."""
        return self._tokens.of(visitor)

    async def send(
        self,
        asking: "Sending",
        service: str,
        method: str,
        path: str,
        query: Query,
        body: object,
        key: str = "",
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> httpx.Response:
        """Send a request; give the answer, whatever it says. Raises ServiceAway."""
        headers = {**self._headers(asking, key), **more}
        url = f"{self._addresses[service]}{path}"
        try:
            return await self._http.request(
                method, url, params=dict(query), json=body, headers=headers, timeout=_TIMEOUT
            )
        except httpx.HTTPError as error:
            log.warning("api_away", service=service, path=path, error=type(error).__name__)
            raise ServiceAway(service) from None

    async def figures(
        self, asking: "Sending", service: str, path: str, query: Query, stale_times: int
    ) -> httpx.Response:
        """Ask for figures, which may have been counted a while ago. Raises ServiceAway and StillCounting."""
        if not self._figures_seconds:
            return await self.send(asking, service, "GET", path, query, None)
        age = self._figures_seconds
        more = {"cache-control": f"max-age={age}, max-stale={stale_times * age}"}
        if asking.asks_again:
            more["prefer"] = "respond-async"
        answer = await self.send(asking, service, "GET", path, query, None, more=more)
        if answer.status_code == httpx.codes.ACCEPTED:
            raise StillCounting(service)
        return answer

    async def upload(
        self, asking: "Sending", service: str, path: str, said: Mapping[str, str], file: Named, key: str
    ) -> httpx.Response:
        """Send a file on, piece by piece, with what is said about it. Raises ServiceAway."""
        headers = self._headers(asking, key)
        url = f"{self._addresses[service]}{path}"
        try:
            return await self._http.post(
                url, data=dict(said), files={"file": file}, headers=headers, timeout=_OF_UPLOADS
            )
        except httpx.HTTPError as error:
            log.warning("api_away", service=service, path=path, error=type(error).__name__)
            raise ServiceAway(service) from None

    async def send_whole(
        self, asking: "Sending", service: str, path: str, query: Query, content: bytes, key: str
    ) -> httpx.Response:
        """Send a file as the body of a request. Raises ServiceAway."""
        kind = MEDIA["xlsx"] if content.startswith(_ZIP) else "text/csv"
        headers = {**self._headers(asking, key), "content-type": kind}
        url = f"{self._addresses[service]}{path}"
        try:
            return await self._http.post(
                url, params=dict(query), content=content, headers=headers, timeout=_OF_UPLOADS
            )
        except httpx.HTTPError as error:
            log.warning("api_away", service=service, path=path, error=type(error).__name__)
            raise ServiceAway(service) from None

    def _headers(self, asking: "Sending", key: str) -> dict[str, str]:
        headers = {CORRELATION_HEADER: correlation_id() or "", "x-forwarded-for": asking.address} | carried()
        if asking.token:
            headers["authorization"] = f"Bearer {asking.token}"
        if key:
            headers["idempotency-key"] = f'"{key}"'
        if isinstance(self._clock, MovableClock) and (instant := self._clock.carried) is not None:
            # Of a season that is replayed the services are asked at the instant of the page.
            headers[CLOCK_HEADER] = instant.isoformat()
        return headers


class Sending:
    """Asks for somebody at an address, without a token."""

    token: str | None = None
    #: How many seconds ago the oldest figures of the page were counted.
    age_seconds: int = 0
    #: Whether the page is asked for again by itself while figures are being counted.
    asks_again = False

    def __init__(self, apis: Apis, address: str) -> None:
        self._apis = apis
        self.address = address

    async def get(
        self, shape: type[Shape], service: str, path: str, query: Query = MappingProxyType({})
    ) -> Shape:
        """Read something. Raises ServiceAway and Refused."""
        return self._read(shape, service, await self._apis.send(self, service, "GET", path, query, None))

    async def figures(
        self, shape: type[Shape], service: str, path: str, query: Query = MappingProxyType({})
    ) -> Shape:
        """Read figures of a whole county, which may be a little old.

        Raises ServiceAway, Refused and StillCounting.
        """
        return await self._figures(shape, service, path, query, _STALE_TIMES)

    async def computed(self, shape: type[Shape], service: str, path: str) -> Shape:
        """Read what is computed anew within the time that figures are kept.

        Raises ServiceAway, Refused and StillCounting.
        """
        return await self._figures(shape, service, path, {}, 0)

    async def _figures(
        self, shape: type[Shape], service: str, path: str, query: Query, stale_times: int
    ) -> Shape:
        answer = await self._apis.figures(self, service, path, query, stale_times)
        self.age_seconds = max(self.age_seconds, int(answer.headers.get("age", 0)))
        return self._read(shape, service, answer)

    async def post(
        self,
        shape: type[Shape],
        service: str,
        path: str,
        body: Mapping[str, object],
        query: Query = MappingProxyType({}),
    ) -> Shape:
        """Search: what is asked for does not stand in an address. Raises ServiceAway and Refused."""
        return self._read(shape, service, await self._apis.send(self, service, "POST", path, query, body))

    async def file(self, service: str, path: str, query: Query) -> Response:
        """Give out a file or a page to print as a service made it. Raises ServiceAway and Refused."""
        answer = await self._apis.send(self, service, "GET", path, query, None)
        if not answer.is_success:
            raise self._failed(service, answer)
        kept = {name: answer.headers[name] for name in _OF_FILES if name in answer.headers}
        return Response(answer.content, headers={**kept, **_ALONE})

    async def change(
        self,
        shape: type[Shape],
        service: str,
        path: str,
        body: Sent,
        key: str,
        query: Query = MappingProxyType({}),
    ) -> Shape:
        """Have something done, once for a key however often it is sent. Raises ServiceAway and Refused."""
        sent = await self._apis.send(self, service, "POST", path, query, body, key)
        return self._read(shape, service, sent)

    async def upload(
        self, shape: type[Shape], service: str, path: str, said: Mapping[str, str], file: Named, key: str
    ) -> Shape:
        """Hand a file on, once for a key. Raises ServiceAway and Refused."""
        return self._read(shape, service, await self._apis.upload(self, service, path, said, file, key))

    async def send_whole(
        self, shape: type[Shape], service: str, path: str, query: Query, content: bytes, key: str
    ) -> Shape:
        """Hand a file on as a whole body, once for a key. Raises ServiceAway and Refused."""
        sent = await self._apis.send_whole(self, service, path, query, content, key)
        return self._read(shape, service, sent)

    def _read(self, shape: type[Shape], service: str, answer: httpx.Response) -> Shape:
        if answer.is_success:
            try:
                return shape.model_validate_json(answer.content)
            except ValidationError as error:
                log.error("api_answers_otherwise", service=service, faults=error.error_count())
                raise ServiceAway(service) from None
        raise self._failed(service, answer)

    def _failed(self, service: str, answer: httpx.Response) -> Exception:
        # A token of ours that is not believed is a fault of the installation, not of who is signed in.
        if (
            answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR
            or answer.status_code == httpx.codes.UNAUTHORIZED
        ):
            log.warning("api_away", service=service, status=answer.status_code)
            return ServiceAway(service)
        return _refused(service, answer)


class Asking(Sending):
    """Asks for one visitor, and for one page of theirs."""

    def __init__(self, apis: Apis, visitor: Visitor, address: str, *, asks_again: bool = False) -> None:
        super().__init__(apis, address)
        self.visitor = visitor
        self.asks_again = asks_again

    @cached_property
    def token(self) -> str:  # type: ignore[override]
        """The token of this page: signing one takes longer than asking with it. Raises SettingInvalid."""
        return self._apis.token_of(self.visitor)


class _ProblemDetails(BaseModel):
    """What a refusal says (docs/problems.md)."""

    type: str = ""
    title: str = ""
    title_zh: str = ""
    detail: str = ""
    detail_zh: str = ""
    errors: list[FieldFault] = []


_OF_TOKENS = ("scope-missing", "outside-division")


def _refused(service: str, answer: httpx.Response) -> Exception:
    try:
        said = _ProblemDetails.model_validate_json(answer.content)
    except ValidationError:
        return ServiceAway(service)
    kind = said.type.rpartition(":")[2]
    # Of tokens pages do not speak: what they say of rights and divisions themselves is enough.
    title, title_zh = ("", "") if kind in _OF_TOKENS else (said.title, said.title_zh)
    return Refused(
        service, answer.status_code, kind, title, title_zh,
        for_people(said.detail), for_people_zh(said.detail_zh), tuple(said.errors),
        named_beside(answer.content), seconds_of(answer.headers.get("retry-after")),
    )  # fmt: skip
