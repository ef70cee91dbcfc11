"""Hears of alerts as a county's own system would, over real HTTP: checks each signature, takes each id once.

Written apart from the telling side, so that the two check each other (https://www.standardwebhooks.com).
"""

import base64
import hashlib
import hmac
import time
from dataclasses import dataclass
from typing import Self

import orjson

from canbao.simulator.listening import Heard, Listener, Said

_MINUTES_APART = 5 * 60
_NEWS = {"alert.raised", "alert.acknowledged", "alert.resolved"}


@dataclass(frozen=True, slots=True)
class Told:
    """What happened to an alert, as it was told."""

    message_id: str
    news: str
    service: str
    case_id: int
    kind: str
    says_zh: str
    county: str


class AlertReceiver(Listener):
    """A receiver with its secret (`whsec_...`); `told` is what it heard, each once, in order."""

    def __init__(self, secret: str, *, port: int = 0) -> None:
        super().__init__(self._take, port=port)
        self._secret = secret
        self.told: list[Told] = []
        #: Ids that came again, because the teller had no answer.
        self.repeated: list[str] = []
        #: Ids of what was refused.
        self.refused: list[str] = []
        #: Answered to everything instead of taking it: 410 wants to hear no more.
        self.status: int | None = None

    def __enter__(self) -> Self:
        super().__enter__()
        return self

    def setting(self, county: str = "*") -> str:
        """The setting that names it for a county, or for every one."""
        return orjson.dumps({county: {"url": f"{self.url}/alerts", "secret": self._secret}}).decode()

    def _take(self, heard: Heard) -> Said:
        if self.status is not None:
            return Said(self.status)
        message_id = heard.headers.get("webhook-id", "")
        if (heard.method, heard.path) != ("POST", "/alerts") or not self._is_signed(heard, message_id):
            self.refused.append(message_id)
            return Said(401)
        if any(one.message_id == message_id for one in self.told):
            self.repeated.append(message_id)
            return Said(204)
        body = orjson.loads(heard.body)
        if body.get("type") not in _NEWS:
            self.refused.append(message_id)
            return Said(422)
        data = body["data"]
        names = ("service", "case_id", "kind", "says_zh", "county")
        self.told.append(
            Told(message_id, body["type"].removeprefix("alert."), **{name: data[name] for name in names})
        )
        return Said(204)

    def _is_signed(self, heard: Heard, message_id: str) -> bool:
        sent_at = heard.headers.get("webhook-timestamp", "")
        if not sent_at.isdigit() or abs(time.time() - int(sent_at)) > _MINUTES_APART:
            return False
        key = base64.b64decode(self._secret.removeprefix("whsec_"))
        mac = hmac.new(key, b".".join((message_id.encode(), sent_at.encode(), heard.body)), hashlib.sha256)
        wanted = f"v1,{base64.b64encode(mac.digest()).decode()}"
        given = heard.headers.get("webhook-signature", "").split(" ")
        return any(hmac.compare_digest(wanted, one) for one in given)
