"""A service application without database or bus, and its client."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Annotated, Any

import asyncpg
import httpx
import pytest
from fastapi import APIRouter, FastAPI
from pydantic import AwareDatetime, BaseModel
from sqlalchemy import exc
from structlog.testing import capture_logs

from libs.common.clock import MovableClock
from libs.common.security.access import check_division, require, require_any
from libs.common.security.caller import Caller
from libs.common.security.keys import SigningKey
from libs.common.security.tokens import Authenticator
from libs.common.service import ServiceContext, no_parts
from libs.common.settings import ServiceSettings
from libs.common.web.app import create_service_app, routes_of


class Thing(BaseModel):
    name: str
    amount_fen: int
    paid_at: AwareDatetime | None = None


class SilentBus:
    """A bus that answers how far behind a group is, and can be told to be away."""

    def __init__(self) -> None:
        self.away = False

    async def lag(self, group: str, topics: Any) -> dict:
        if self.away:
            raise ConnectionError("the broker's secret address")
        return {}


class WorkingEngine:
    """An engine whose connections accept whatever they are asked."""

    def connect(self) -> "WorkingEngine":
        return self

    async def __aenter__(self) -> "WorkingEngine":
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def execute(self, *_: object) -> None:
        return None


@pytest.fixture(autouse=True)
def logged() -> Iterator[Sequence[Mapping[str, Any]]]:
    """What was logged; nothing is printed, for a trace in colours takes seconds to draw."""
    with capture_logs() as lines:
        yield lines


@pytest.fixture
def key() -> SigningKey:
    return SigningKey.generate()


@pytest.fixture
def context(key: SigningKey) -> ServiceContext:
    return ServiceContext(
        name="registration",
        settings=ServiceSettings(),
        engine=WorkingEngine(),
        bus=SilentBus(),
        clock=MovableClock(),
        notices={},
        authenticator=Authenticator(key.jwks()),
        digests=None,
        make_parts=no_parts,
    )


@pytest.fixture
def app(context: ServiceContext) -> FastAPI:
    router = APIRouter(prefix="/v1", tags=["things"])

    @router.post("/things/{thing_id}")
    async def keep_thing(
        thing_id: int, things: list[Thing], caller: Annotated[Caller, require("registration:write")]
    ) -> dict[str, Any]:
        check_division(caller, "350426101203")
        return {"kept": len(things), "now": context.clock.now().isoformat(), "by": caller.subject}

    @router.post("/choices")
    async def choose(
        chosen: list[int], caller: Annotated[Caller, require_any("registration:write", "registration:decide")]
    ) -> dict[str, str]:
        return {"by": caller.subject}

    @router.delete("/things/{thing_id}")
    async def drop_thing(thing_id: int) -> None:
        return None

    @router.get("/things")
    async def count_things(limit: int = 10) -> dict[str, int]:
        return {"limit": limit}

    @router.get("/broken")
    async def break_down() -> None:
        raise RuntimeError("person 350426199001010012 at 10.0.0.1")

    @router.get("/unstorable")
    async def store_what_cannot_be() -> None:
        raise exc.DBAPIError("INSERT", None, asyncpg.CharacterNotInRepertoireError("0x00"))

    return create_service_app(
        context,
        title="Things",
        description="For trying out.",
        routes=routes_of(router),
        max_body_bytes=400,
        larger_bodies={"/v1/things/7": 4000},
    )


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application as it is mounted in the all-in-one process."""
    outer = FastAPI()
    outer.mount("/registration", app)
    transport = httpx.ASGITransport(outer)
    async with httpx.AsyncClient(transport=transport, base_url="http://canbao.test/registration") as client:
        yield client


@pytest.fixture
def bearer(key: SigningKey) -> Any:
    """Make headers with a token."""

    def make(*scopes: str, division: str = "*") -> dict[str, str]:
        return {"authorization": f"Bearer {key.issue('officer', scopes, division)}"}

    return make
