"""The port to a message gateway: plain HTTP with a bearer token and an idempotency key.

    POST <url>                  {"reference": "reminder-7", "to": "13800000000", "text": "..."}
    GET  <url>/reminder-7       {"state": "accepted" | "delivered" | "failed"}, or 404: it never arrived

A province's or operator's platform of another form is reached by a small program that speaks this.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson
from pydantic import BaseModel, ConfigDict, TypeAdapter

from libs.common.settings_files import read_object
from libs.common.web.outbound import AnswerUnknown, NotSent, Outbound, networks_of
from services.registration.settings import RegistrationSettings

_TAKEN = range(200, 300)
_REFUSED = range(400, 500)
_NOT_FOUND = 404
#: Nothing was taken, and it may be sent again: not now, or not before address and token are right.
_LATER = (401, 403, 404, 408, 425, 429, 503)
#: The gateway knows the reference already, and has to be asked what became of it.
_KNOWN = 409
_TOLD = {"accepted": "sent", "delivered": "delivered", "failed": "failed"}


class Gateway(BaseModel):
    """Where messages of a county are sent."""

    model_config = ConfigDict(extra="forbid")

    url: str
    token: str


@dataclass(frozen=True, slots=True)
class Word:
    """What the gateway said of a message: a state of ours, and the word for the record."""

    state: str
    answer: str


class Gateways:
    """The gateways of a deployment, by county; "*" is that of all others."""

    def __init__(self, settings: RegistrationSettings, outbound: Outbound | None = None) -> None:
        name = "CANBAO_REGISTRATION_MESSAGE_GATEWAYS"
        self._known = read_object(TypeAdapter(dict[str, Gateway]), name, settings.message_gateways)
        self._outbound = outbound or Outbound(networks_of(settings.internal_networks))

    def of(self, county: str) -> Gateway | None:
        """The gateway of a county."""
        return self._known.get(county) or self._known.get("*")

    async def send(self, county: str, reminder_id: int, phone: str, text: str) -> Word:
        """Send a message once: `queued` did not leave and may again, `unknown` has to be asked about."""
        reference = _reference(reminder_id)
        body = orjson.dumps({"reference": reference, "to": phone, "text": text})
        headers = {"content-type": "application/json", "idempotency-key": f'"{reference}"'}
        try:
            answer = await self._outbound.call("POST", *self._to(county, "", headers), body)
        except NotSent as error:
            return Word("queued", str(error))
        except AnswerUnknown as error:
            return Word("unknown", str(error))
        if answer.status in _TAKEN:
            return Word("sent", str(answer.status))
        if answer.status in _LATER:
            return Word("queued", str(answer.status))
        refused = answer.status in _REFUSED and answer.status != _KNOWN
        return Word("failed" if refused else "unknown", str(answer.status))

    async def ask(self, county: str, reminder_id: int, state: str) -> Word:
        """Ask what became of a message; what the gateway never saw is to be sent again."""
        try:
            answer = await self._outbound.call("GET", *self._to(county, f"/{_reference(reminder_id)}", {}))
        except (NotSent, AnswerUnknown) as error:
            return Word(state, str(error))
        if answer.status == _NOT_FOUND:
            return Word("queued" if state == "unknown" else state, str(answer.status))
        if answer.status not in _TAKEN:
            return Word(state, str(answer.status))
        try:
            told = orjson.loads(answer.body)
        except orjson.JSONDecodeError:
            return Word(state, "unreadable")
        word = told.get("state") if isinstance(told, dict) else None
        return Word(_TOLD.get(str(word), state), str(answer.status))

    def _to(self, county: str, path: str, headers: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        gateway = self.of(county)
        assert gateway is not None, "runs through a gateway are made where there is one"
        return gateway.url.rstrip("/") + path, {**headers, "authorization": f"Bearer {gateway.token}"}


def _reference(reminder_id: int) -> str:
    return f"reminder-{reminder_id}"
