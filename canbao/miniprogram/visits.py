"""Who is at the mini-program, kept in memory: numbers stand in no address, no page and no cookie."""

import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, field

from canbao.miniprogram.backend import Call, Payer
from canbao.miniprogram.schemas import Found

COOKIE = "canbao_payer"
_MINUTES = 30
#: Those of the longest ago make room.
_MOST = 1_000
#: The last calls of a visit that its pages show.
_CALLS_SHOWN = 8


@dataclass
class Visit:
    """One payer on the way: what was found, the order that is open, and what was asked of the APIs."""

    payer: Payer
    calls: list[Call] = field(default_factory=list)
    found: Found | None = None
    order_no: str = ""
    paid: bool = False
    #: What the page said that those who were chosen owe, when the order was asked for.
    seen_fen: int = 0
    vouchers: set[str] = field(default_factory=set)
    last: float = field(default_factory=time.monotonic)

    @property
    def recent(self) -> list[Call]:
        """The newest calls, the newest first."""
        return self.calls[: -_CALLS_SHOWN - 1 : -1]


class Visits:
    """The visits of one process, by the secret that a browser has."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Visit] = OrderedDict()

    def begin(self, visit: Visit) -> str:
        """Keep a visit; give its secret."""
        secret = secrets.token_urlsafe(32)
        self._kept[secret] = visit
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        return secret

    def of(self, secret: str | None) -> Visit | None:
        """The visit of a secret; None once nothing was asked for half an hour."""
        visit = self._kept.get(secret or "")
        if visit is None:
            return None
        if time.monotonic() - visit.last > _MINUTES * 60:
            self.end(secret)
            return None
        visit.last = time.monotonic()
        del visit.calls[:-_CALLS_SHOWN]
        return visit

    def end(self, secret: str | None) -> None:
        """Forget a visit."""
        self._kept.pop(secret or "", None)
