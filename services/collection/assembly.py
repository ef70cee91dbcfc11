"""The parts that the web application and the workers of this service share."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from libs.common.policy import Notices
from libs.common.service import ServiceContext
from services.collection.channels.keyring import Keys, load_keys
from services.collection.group_commit import GroupCommit
from services.collection.intake.rules import Arrival, Stored
from services.collection.intake.store import notification_writer
from services.collection.matching.matching import Matcher
from services.collection.matching.reading import Reader
from services.collection.matching.settling import Settling
from services.collection.metrics import CollectionMetrics
from services.collection.orders.placing import OrderRequest, Placed, order_writer
from services.collection.settings import CollectionSettings


@dataclass(frozen=True)
class CollectionParts:
    """Keys, numbers, who stores notifications and places orders, and who settles and matches payments."""

    keys: Keys
    commits: GroupCommit[Arrival, Stored]
    placing: GroupCommit[OrderRequest, Placed]
    metrics: CollectionMetrics
    settling: Settling
    matcher: Matcher


#: What the rooms of this service are given.
CollectionContext = ServiceContext[CollectionSettings, "CollectionParts"]


def assemble(context: CollectionContext) -> CollectionParts:
    """Make the parts of a context; it keeps them."""
    keys = load_keys(context.settings, context.digests)
    metrics = CollectionMetrics(context.metrics)
    metrics.watch_suspense(context.metrics, context.engine)
    settling = Settling(division_of(context.notices), keys)
    matcher = Matcher(
        context.engine,
        Reader(keys, context.digests),
        settling,
        backlog=context.backlog,
        metrics=metrics,
        batch=context.settings.matching_batch,
    )
    commits = GroupCommit(
        partial(notification_writer, context.engine),
        capacity=context.settings.intake_queue,
        batch=context.settings.intake_batch,
    )
    lasts = timedelta(minutes=context.settings.order_minutes)
    placing = GroupCommit(partial(order_writer, context.engine, lasts), capacity=1024, batch=64)
    context.backlog.add("matching", matcher.pending)
    return CollectionParts(keys, commits, placing, metrics, settling, matcher)


def division_of(notices: Notices) -> Callable[[str | None], str | None]:
    """Give the function that says the 12-digit code of a county, by the notices as they are now."""
    known: dict[str | None, str] = {}
    version = -1

    def divided(county: str | None) -> str | None:
        nonlocal version
        if version != notices.version:
            version = notices.version
            known.update({name: notice.division.ljust(12, "0") for (name, _), notice in notices.items()})
        return known.get(county)

    return divided
