"""Answers "which parts does this service run on?": made once per context, for its web and its workers."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from weakref import WeakKeyDictionary

from sqlalchemy.ext.asyncio import AsyncEngine

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


@dataclass(frozen=True)
class Assembly:
    """Keys, numbers, who stores notifications and places orders, and who settles and matches payments."""

    keys: Keys
    commits: GroupCommit[Arrival, Stored]
    placing: GroupCommit[OrderRequest, Placed]
    metrics: CollectionMetrics
    settling: Settling
    matcher: Matcher


# By engine, which a context has one of: the context itself cannot be a key.
_made: WeakKeyDictionary[AsyncEngine, Assembly] = WeakKeyDictionary()


def assembly_of(context: ServiceContext) -> Assembly:
    """The parts of this context, made on first use."""
    found = _made.get(context.engine)
    if found is None:
        found = _made[context.engine] = _assemble(context)
    return found


def _assemble(context: ServiceContext) -> Assembly:
    keys = load_keys(context.settings, context.digests)
    metrics = CollectionMetrics(context.metrics)
    metrics.watch_suspense(context.metrics, context.engine)
    divisions = {county: notice.division.ljust(12, "0") for (county, _), notice in context.notices.items()}
    settling = Settling(divisions.get, keys)
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
    return Assembly(keys, commits, placing, metrics, settling, matcher)
