"""Takes messages as the gateway of an operator or a province would, over real HTTP, and delivers none.

Written apart from the sending side, so that the two check each other: what the form of the port does not say
is refused, and a reference that is known already is never a second message.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import orjson

from canbao.simulator.listening import Heard, Listener, Said

_MEMBERS = {"reference", "to", "text"}


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was taken."""

    reference: str
    to: str
    text: str


class MessageGateway(Listener):
    """A gateway with its token; `messages` is what reached phones, each once, in order."""

    def __init__(self, token: str, *, port: int = 0) -> None:
        super().__init__(self._take, port=port)
        self._token = token
        self.messages: list[Message] = []
        #: References that were sent again; the sender has to ask instead.
        self.repeated: list[str] = []
        #: Why requests were refused.
        self.refused: list[str] = []

    def __enter__(self) -> Self:
        super().__enter__()
        return self

    def setting(self, county: str = "*") -> str:
        """The setting that names it for a county, or for every one."""
        return orjson.dumps({county: {"url": f"{self.url}/messages", "token": self._token}}).decode()

    def _take(self, heard: Heard) -> Said:
        if not hmac.compare_digest(heard.headers.get("authorization", ""), f"Bearer {self._token}"):
            return self._refuse(401, "token")
        if heard.method == "GET":
            return self._became(heard.path)
        if heard.path != "/messages":
            return self._refuse(404, "path")
        return self._sent(heard)

    def _became(self, path: str) -> Said:
        reference = path.removeprefix("/messages/")
        known = any(one.reference == reference for one in self.messages)
        return Said(200, b'{"state":"delivered"}') if known else Said(404)

    def _sent(self, heard: Heard) -> Said:
        try:
            body = orjson.loads(heard.body)
        except orjson.JSONDecodeError:
            return self._refuse(400, "no JSON")
        if not _is_message(body):
            return self._refuse(422, "members")
        message = Message(**body)
        if heard.headers.get("idempotency-key") != f'"{message.reference}"':
            return self._refuse(400, "idempotency-key")
        if any(one.reference == message.reference for one in self.messages):
            self.repeated.append(message.reference)
            return Said(409)
        self.messages.append(message)
        return Said(202)

    def _refuse(self, status: int, why: str) -> Said:
        self.refused.append(why)
        return Said(status)


def _is_message(body: object) -> bool:
    if not isinstance(body, Mapping) or set(body) != _MEMBERS:
        return False
    return all(isinstance(value, str) and value for value in body.values())
