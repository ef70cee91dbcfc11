"""What operators are shown of channels; no secret is."""

from datetime import date

from pydantic import Field
from pydantic.config import JsonDict

from libs.common.web.schemas import Answer, Instant, Page
from services.collection.channels.port import Signature
from services.collection.examples import listed, shown

_CHANNEL: JsonDict = {
    "channel": "tax-youxi",
    "county": "youxi",
    "signed_by": ["secret"],
    "keys": [
        {
            "fingerprint": "0f1e2d3c4b5a",
            "secret_id": 3,  # nosec B105
            "made_at": "2019-08-20T10:00:00+08:00",
            "made_by": "operator-1",
            "age_days": 92,
            "shown_at": "2019-08-20T10:05:00+08:00",
        }
    ],
    "is_asked": False,
    "gives_back": False,
    "heard_at": "2019-11-20T10:00:05+08:00",
    "tallies_from": "2019-11-14",
    "tallies": [
        {"outcome": "stored", "taken": True, "count": 4711, "last_at": "2019-11-20T10:00:05+08:00"},
        {"outcome": "signature-invalid", "taken": False, "count": 2, "last_at": "2019-11-19T08:00:00+08:00"},
    ],
    "trial": {
        "tried_at": "2019-11-01T09:00:00+08:00",
        "tried_by": "operator-1",
        "checked": ["signed", "signature", "timestamp", "form", "stored"],
        "fault": None,
        "fingerprint": "0f1e2d3c4b5a",
    },
}


class ChannelKey(Answer):
    """A secret or key by which a channel may sign now; one of the settings has no maker and no instant."""

    fingerprint: str
    secret_id: int | None
    made_at: Instant | None
    made_by: str | None
    age_days: int | None
    shown_at: Instant | None = Field(description="when it was shown to who asked for it, to hand it over")


class ChannelTally(Answer):
    """What became of notifications: `stored`, `repeated`, or refused for the problem that it names."""

    outcome: str
    taken: bool
    count: int
    last_at: Instant


class ChannelTrial(Answer):
    """What came of trying a channel last; `fault`: what was not right, null: all was."""

    tried_at: Instant
    tried_by: str
    checked: list[str]
    fault: str | None
    fingerprint: str | None


class ChannelShown(Answer):
    """A channel that is in force: how it signs, when it was heard, what was refused, and whether it works."""

    model_config = shown(_CHANNEL)

    channel: str
    county: str | None = Field(description="whose money alone it tells of; null: counties may share it")
    signed_by: list[Signature] = Field(
        description="`secret`: HMAC-SHA256 (v1); `own_key`: Ed25519 of the sender (v1a); else as the wallet "
        "signs, whose keys stand in the settings"
    )
    keys: list[ChannelKey] = Field(description="newest first; of wallets none")
    is_asked: bool = Field(description="whether its gateway is asked about payments")
    gives_back: bool = Field(description="whether it can be asked to give money back")
    heard_at: Instant | None = Field(description="the last notification that was taken")
    tallies_from: date
    tallies: list[ChannelTally] = Field(description="since then, today included")
    trial: ChannelTrial | None


class ChannelPage(Page[ChannelShown]):
    """The channels of the own county, and those that counties may share, by name."""

    model_config = shown(listed(_CHANNEL))
