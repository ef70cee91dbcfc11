"""Tells what happens to alerts to the webhook of their county: signed, in order for each, until it is taken.

What is told names nobody: counts, sums, places and ids. A repetition has the same `webhook-id`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import orjson
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from libs.common.cases import alerts_store as store
from libs.common.cases.alerts_store import Outcome, Untold
from libs.common.cases.deciding import Desk
from libs.common.cases.showing import said
from libs.common.repeating import for_each, repeating
from libs.common.security.webhooks import SECRET_PREFIX, WebhookKeyRing
from libs.common.service import AnyContext, Worker
from libs.common.setbacks import setback
from libs.common.settings import SettingInvalid
from libs.common.settings_files import read_object
from libs.common.web.attempts import LEASE, attempt, next_try
from libs.common.web.outbound import Outbound, networks_of
from libs.common.web.schemas import shanghai

_SETTING = "CANBAO_ALERT_WEBHOOKS"
_EVERY_SECONDS = 15.0
#: What is older when an address is configured, or after downtime, is history: a weekend is not.
_NEWS_FOR = timedelta(days=7)
_AT_ONCE = 10


class Webhook(BaseModel):
    """Where alerts of a county are told, and the secret that signs: by a public key nobody can."""

    model_config = ConfigDict(extra="forbid")

    url: str
    secret: str = Field(pattern=f"^{SECRET_PREFIX}")


class Telling:
    """Tells the alerts of one service to the webhooks of a deployment; "*" is that of all other counties."""

    def __init__(self, context: AnyContext, desk: Desk, outbound: Outbound | None = None) -> None:
        self._context, self._desk = context, desk
        settings = context.settings
        webhooks = read_object(TypeAdapter(dict[str, Webhook]), _SETTING, settings.alert_webhooks)
        try:
            self._targets = {
                county: (webhook.url, WebhookKeyRing([webhook.secret]))
                for county, webhook in webhooks.items()
            }
        except ValueError as error:
            raise SettingInvalid(f"{_SETTING}: {error}") from None
        self._outbound = outbound or Outbound(networks_of(settings.internal_networks))

    @property
    def has_targets(self) -> bool:
        """Whether anybody is told."""
        return bool(self._targets)

    async def tell(self, now: datetime) -> int:
        """Tell what is due by the wall clock; give how much of it was taken."""
        taken = 0
        async with self._context.engine.begin() as conn:
            due = await store.claim(
                conn,
                now=now,
                since=now - _NEWS_FOR,
                until=now + LEASE,
                counties=None if "*" in self._targets else sorted(self._targets),
                limit=_AT_ONCE,
            )

        async def tell(one: Untold) -> None:
            nonlocal taken
            outcome = await self._told(one, now)
            taken += outcome.told_at is not None
            async with self._context.engine.begin() as conn:
                await store.note(conn, outcome)

        await for_each(due, tell, lambda one: f"news {one.id} of an alert")
        return taken

    async def _told(self, one: Untold, now: datetime) -> Outcome:
        url, keys = self._targets.get(one.county or "*") or self._targets["*"]
        try:
            body = orjson.dumps(self._message(one))
        except Exception as error:  # of whatever kind: it is given up like what nobody takes
            setback(f"news {one.id} of an alert", error)
            return _again(one, now, type(error).__name__)
        message_id = f"alert-{self._context.name}-{one.id}"
        made = await attempt(self._outbound, url, keys, message_id, body)
        if made.taken:
            return Outcome(one.id, made.answer, told_at=now)
        if made.gone:
            return Outcome(one.id, made.answer, given_up_at=now)
        return _again(one, now, made.answer)

    def _message(self, one: Untold) -> Mapping[str, object]:
        kind = self._desk.kinds[one.kind]
        assert kind.alert is not None, "only alerts have news"
        return {
            "type": f"alert.{one.news}",
            "timestamp": shanghai(one.at),
            "data": {
                "service": self._context.name,
                "case_id": one.case_id,
                "kind": one.kind,
                "title": kind.label,
                "title_zh": kind.label_zh,
                **said(kind.alert, one.evidence, one.amount_fen).model_dump(),
                "county": one.county,
                "coverage_year": one.coverage_year,
                "division_code": one.division_code,
                "owner": one.owner,
                "amount_fen": one.amount_fen,
                "raised_at": shanghai(one.opened_at),
            },
        }


def _again(one: Untold, now: datetime, answer: str) -> Outcome:
    later = next_try(one.tries, now)
    return Outcome(one.id, answer, given_up_at=None if later else now, next_try_at=later)


def teller(context: AnyContext, desk: Desk) -> Worker:
    """Make the worker that tells; any number may run. It rests where no webhook is configured."""
    telling = Telling(context, desk)

    async def tell() -> None:
        if telling.has_targets:
            await telling.tell(datetime.now(UTC))

    return repeating("alert webhook", tell, _EVERY_SECONDS)
