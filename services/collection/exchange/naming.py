"""Numbers and names for files: registration gives them, by the rights of whoever fetches the file.

They are kept nowhere here. A row of somebody whom registration does not name (erased, or of another division
than the token's) has empty cells.
"""

from collections.abc import Mapping, Sequence

import httpx
import structlog
from pydantic import BaseModel, ValidationError

from libs.common.observability.correlation import CORRELATION_HEADER, correlation_id
from libs.common.observability.traces import carried
from libs.common.web.catalogue import SCOPE_MISSING
from services.collection.exchange.problems import NAMES_UNAVAILABLE

log = structlog.get_logger(__name__)

SCOPE = "identities:read"
_PATH = "/v1/persons/identities"
_TIMEOUT = httpx.Timeout(20, connect=3)


class Identity(BaseModel):
    """Who somebody is."""

    person_id: int
    type: str | None
    number: str | None
    name: str

    def cells(self) -> dict[str, object]:
        """As members of a row."""
        return {"id_type": self.type, "id_number": self.number, "name": self.name}


class _Identities(BaseModel):
    items: list[Identity]


class Naming:
    """Where registration is."""

    def __init__(self, url: str | None, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._url, self._transport = url, transport

    def by(self, authorization: str) -> "Names":
        """Ask with the token of a request. Raises Problem where nobody said where registration is."""
        if self._url is None:
            raise NAMES_UNAVAILABLE.problem()
        # What the environment says of proxies is about the world outside.
        http = httpx.AsyncClient(
            base_url=self._url, transport=self._transport, timeout=_TIMEOUT, trust_env=False,
            headers={"authorization": authorization, CORRELATION_HEADER: correlation_id() or ""} | carried(),
        )  # fmt: skip
        return Names(http)


class Names:
    """Asks for numbers and names while a file is written."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def of(self, person_ids: Sequence[int]) -> Mapping[int, Identity]:
        """Who these people are. Raises Problem: who may not know it, and while registration is away."""
        try:
            answer = await self._http.post(_PATH, json={"person_ids": list(person_ids)})
            if answer.status_code == httpx.codes.FORBIDDEN:
                raise SCOPE_MISSING.problem(required_scope=SCOPE)
            found = _Identities.model_validate_json(answer.raise_for_status().content)
        except (httpx.HTTPError, ValidationError) as error:
            log.warning("names_unavailable", error=type(error).__name__)
            raise NAMES_UNAVAILABLE.problem(headers={"retry-after": "5"}) from None
        return {one.person_id: one for one in found.items}

    async def check(self, person_ids: Sequence[int]) -> None:
        """Raise Problem before a file begins, where the names of its people will not be given.

        Only somebody in the file is asked for: each that is given stands in the audit.
        """
        try:
            await self.of(person_ids)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Ask no more."""
        await self._http.aclose()
