"""What is asked and answered about subscriptions."""

from difflib import get_close_matches
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from libs.common.web.schemas import Answer, Body, CountyCode, FreeText, GivenInstant, Instant, Page, Text
from services.webhooks.deliveries.rules import PauseReason
from services.webhooks.facts.rules import KINDS
from services.webhooks.subscriptions.rules import SubscriptionState

_MADE: JsonDict = {
    "subscription_id": 3,
    "url": "https://tax.example.cn/canbao",
    "note": "县税务局征缴系统",
    "kinds": ["canbao.payment.received.v1", "canbao.payment.returned.v1"],
    "county": "youxi",
    "division_code": "350426000000",
    "state": "active",
    "pause_reason": None,
    "paused_at": None,
    "failures": 0,
    "failing_since": None,
    "taken_at": "2019-11-20T10:00:05+08:00",
    "made_at": "2019-08-20T10:00:00+08:00",
    "made_by": "operator-1",
    "waiting": 0,
    "fingerprints": ["0f1e2d3c4b5a"],
}
_ASKED: JsonDict = {name: _MADE[name] for name in ("url", "note", "kinds", "county")}


def _shown(*examples: JsonDict) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [*examples]})


def _known(kind: str) -> str:
    if kind not in KINDS:
        near = ", ".join(get_close_matches(kind, KINDS, 3, 0.4) or list(KINDS)[:1])
        raise PydanticCustomError(
            "kind",
            "There is no fact of this type. Near to it: {near}; the API's document has all, under `kinds`.",
            {"near": near, "message_zh": f"没有这种事实。相近的有：{near}；全部类型见接口文档的 kinds。"},
        )
    return kind


Url = Annotated[Text, Field(min_length=10, max_length=2_000, description="https; where it is POSTed to")]
Kind = Annotated[str, AfterValidator(_known), Field(json_schema_extra={"enum": list(KINDS)})]
Kinds = Annotated[list[Kind], Field(min_length=1, max_length=100)]
Note = Annotated[FreeText, Field(min_length=1, max_length=200)]
DivisionCode = Annotated[str, Field(pattern=r"^[1-9][0-9]{11}$")]


class NewSubscription(Body):
    """Where somebody wants to be told of what."""

    model_config = _shown(_ASKED)

    url: Url
    note: Note | None = Field(default=None, description="who listens there, for people")
    kinds: Kinds | None = Field(default=None, description="types of facts; null: all, later ones too")
    county: CountyCode | None = Field(default=None, description="null: every county of the division")
    division_code: DivisionCode | None = Field(
        default=None, description="facts of this place and those in it; null: of the county"
    )


class SubscriptionChange(Body):
    """What is to be another; what is left out stays. Counties and divisions never change.

    `note` null: none; `kinds` null: all.
    """

    model_config = ConfigDict(**Body.model_config, **_shown({"url": "https://tax.example.cn/new"}))

    url: Url | None = None
    note: Note | None = None
    kinds: Kinds | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.changed():
            raise PydanticCustomError(
                "nothing",
                "Name at least one of url, note and kinds.",
                {"message_zh": "请至少填写 url、note、kinds 中的一项。"},
            )
        return self

    def changed(self) -> dict[str, object]:
        """What is to be another, by its name."""
        given = self.model_dump(exclude_unset=True)
        return {name: value for name, value in given.items() if name != "url" or value is not None}


class Subscription(Answer):
    """A subscription, without its secrets.

    `failures` are the attempts in a row that failed, `waiting` what is still to be told, `fingerprints` tell
    the secrets apart that sign, the newest first.
    """

    model_config = _shown(_MADE)

    subscription_id: int
    url: str
    note: str | None
    kinds: list[str] | None
    county: str | None
    division_code: str | None = Field(description="null: everywhere")
    state: SubscriptionState
    pause_reason: PauseReason | None
    paused_at: Instant | None
    failures: int
    failing_since: Instant | None
    taken_at: Instant | None = Field(description="when something was taken last")
    made_at: Instant
    made_by: str
    waiting: int
    fingerprints: list[str]


class Subscriptions(Page[Subscription]):
    """Subscriptions in the order in which they were made."""

    model_config = _shown({"items": [_MADE], "next_after": None})


class SecretShown(Answer):
    """A subscription with its new secret, which is shown this once."""

    model_config = _shown({"secret": "whsec_...", "subscription": _MADE})  # nosec B105

    secret: str
    subscription: Subscription


class SecretChange(Body):
    """For how long the secrets before the new one go on signing beside it."""

    model_config = _shown({"old_hours": 24})

    old_hours: Annotated[int, Field(ge=0, le=720)] = 24


class Tried(Answer):
    """What a test message came to: whether it was taken, and the status or why there was none."""

    model_config = _shown({"taken": True, "answer": "204", "webhook_id": "3-test-1574215200"})

    taken: bool
    answer: str
    webhook_id: str


class Resumed(Answer):
    """A subscription that is told again, and how much was waiting for it."""

    model_config = _shown({"waiting": 12, "subscription": _MADE})

    waiting: int
    subscription: Subscription


class Replay(Body):
    """Of which time facts are to be told again, by when they happened."""

    model_config = _shown({"from_at": "2019-11-20T00:00:00+08:00", "until_at": "2019-11-21T00:00:00+08:00"})

    from_at: GivenInstant
    until_at: GivenInstant

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.until_at <= self.from_at:
            raise PydanticCustomError(
                "backward",
                "until_at must be later than from_at.",
                {"message_zh": "until_at 须晚于 from_at。"},
            )
        return self


class Replayed(Answer):
    """How many facts will be told again."""

    model_config = _shown({"facts": 250})

    facts: int
