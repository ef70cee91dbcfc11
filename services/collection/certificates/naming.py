"""Finds the full name that goes on a paper: collection keeps digests, so somebody has to say it.

Either whoever asks brings number and name, which are compared with the digests; or, for officers who may see
numbers in clear, it is what the channel said when the money came, if it is who registration says it is still.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import business_date
from libs.common.identity import IdentityNumberInvalid, identify
from libs.common.names import tidy_name
from libs.common.security.digests import Digests
from libs.common.security.masking import mask_identity_number
from services.collection.certificates import facts_store as store
from services.collection.certificates.facts_store import Paid, PaidLine
from services.collection.channels.port import ReportedItem
from services.collection.dues.finding import OnDocument
from services.collection.matching.queue_store import QueuedWork
from services.collection.matching.reading import PaymentReader


@dataclass(frozen=True, slots=True)
class Named:
    """A name in full, and a number of which the paper shows a part."""

    name: str
    masked_id: str


class Namer:
    """Finds names of people who paid."""

    def __init__(self, reader: PaymentReader, digests: Digests) -> None:
        self._reader = reader
        self._digests = digests

    def given(self, id_number: str, name: str, now: datetime) -> Named:
        """What somebody brought, who was found by it."""
        return Named(tidy_name(name), mask_identity_number(identify(id_number, business_date(now)).number))

    async def told(
        self, conn: AsyncConnection, people: Collection[Paid], lines: Sequence[PaidLine]
    ) -> dict[int, Named]:
        """By person, what channels said of who they are by the newest word of registration."""
        known = {one.person_id for one in people}
        payments = {line.payment_id for line in lines if line.person_id in known}
        said = [
            (item, told.received_at)
            for told in await store.told(conn, payments)
            for item in self._items(told)
        ]
        return await self._by_document(conn, people, said)

    async def brought(
        self, conn: AsyncConnection, people: Collection[Paid], said: Collection[OnDocument], now: datetime
    ) -> dict[int, Named]:
        """By person, what an officer brought of who they are, where it is what registration says."""
        items = [(ReportedItem(one.id_number, one.name, 0), now) for one in said]
        return await self._by_document(conn, people, items)

    async def _by_document(
        self, conn: AsyncConnection, people: Collection[Paid], said: Sequence[tuple[ReportedItem, datetime]]
    ) -> dict[int, Named]:
        """By person, of what was said (and when) what is by the newest word of registration."""
        documents = await store.identities(conn, [one.enrollment_id for one in people])
        items = {digest: item for item, at in said if (digest := self._digest(item, at)) is not None}
        return {
            one.person_id: found
            for one in people
            if (found := self._named(one, documents.get(one.enrollment_id, frozenset()), items))
        }

    def _named(self, one: Paid, documents: frozenset[str], items: Mapping[str, ReportedItem]) -> Named | None:
        for digest in sorted(documents & items.keys()):
            item = items[digest]
            if self._digests.name(item.name) == one.name_digest:
                return Named(tidy_name(item.name), mask_identity_number(item.id_number.strip().upper()))
        return None

    def _items(self, told: store.Told) -> Sequence[ReportedItem]:
        if not told.raw:
            return ()  # erased, by the term of the law
        work = QueuedWork(
            notification_id=told.notification_id,
            line_no=0,
            occurred_at=told.received_at,
            channel=told.channel,
            kind=told.kind,
            raw=told.raw,
            content=told.content,
            received_at=told.received_at,
        )
        return self._reader.reported(work).items

    def _digest(self, item: ReportedItem, at: datetime) -> str | None:
        try:
            return self._digests.document(identify(item.id_number, business_date(at)))
        except IdentityNumberInvalid:
            return None
