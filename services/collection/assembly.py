"""The parts that the web application and the workers of this service share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from pydantic import TypeAdapter

from libs.common.layouts import load_layouts
from libs.common.security.rates import AddressRate
from libs.common.service import ServiceContext
from libs.common.settings import SettingInvalid
from libs.common.settings_files import read_object
from services.collection.certificates.issuing import Issuing
from services.collection.certificates.naming import Namer
from services.collection.certificates.printing import Printing
from services.collection.certificates.verifying import Checking
from services.collection.channels.generic import StandardWebhookChannel
from services.collection.channels.keyring import Keys, load_keys
from services.collection.debit_files.profiles import PROFILES as DEBIT_PROFILES
from services.collection.debit_files.profiles import Profiles as DebitProfiles
from services.collection.debits.rules import DebitTerms
from services.collection.differences.rules import FeeTerms
from services.collection.divisions import Divisions
from services.collection.exchange.naming import Naming
from services.collection.exchange.profiles import PROFILES as EXCHANGE_PROFILES
from services.collection.exchange.profiles import Profiles as ExchangeProfiles
from services.collection.exchange.rules import Daily, Party
from services.collection.files.profiles import PROFILES, Profile
from services.collection.group_commit import GroupCommit
from services.collection.households.rules import TermsOfNotices
from services.collection.intake.rules import Arrival, Stored
from services.collection.intake.storing import notification_writer
from services.collection.matching.matching import Matcher
from services.collection.matching.reading import PaymentReader
from services.collection.matching.settling import Settling
from services.collection.metrics import CollectionMetrics
from services.collection.orders.composing import OrderRequest
from services.collection.orders.placing import Placed, order_writer
from services.collection.settings import CollectionSettings
from services.collection.settlements.rules import Terms
from services.collection.tallies.rules import Tallies

_DEBITS: TypeAdapter[dict[str, dict[str, DebitTerms]]] = TypeAdapter(dict[str, dict[str, DebitTerms]])
_EXCHANGES: TypeAdapter[dict[str, dict[Party, Daily]]] = TypeAdapter(dict[str, dict[Party, Daily]])
_FEES: TypeAdapter[dict[str, dict[str, FeeTerms]]] = TypeAdapter(dict[str, dict[str, FeeTerms]])
_SETTLEMENTS: TypeAdapter[dict[str, dict[str, Terms]]] = TypeAdapter(dict[str, dict[str, Terms]])


@dataclass(frozen=True)
class CollectionParts:
    """Keys, divisions, numbers, who stores notifications, places orders, settles and matches payments.

    `issuing`, `printing` and `checking` are those of certificates, `profiles` layouts of tables in files,
    `settlements` by county and channel where the money goes that a channel took, `fees` what it may keep;
    `debits` how banks debit accounts, by county and channel, `debit_profiles` the layouts of their files;
    `exchange_profiles` layouts of what is exchanged, `exchanges` by county and party what is made each day;
    `tallies` count what became of notifications.
    """

    keys: Keys
    divisions: Divisions
    commits: GroupCommit[Arrival, Stored]
    placing: GroupCommit[OrderRequest, Placed]
    metrics: CollectionMetrics
    settling: Settling
    matcher: Matcher
    issuing: Issuing
    printing: Printing
    checking: Checking
    profiles: Mapping[str, Profile]
    settlements: Mapping[str, dict[str, Terms]]
    debits: Mapping[str, dict[str, DebitTerms]]
    debit_profiles: DebitProfiles
    exchange_profiles: ExchangeProfiles
    exchanges: Mapping[str, dict[Party, Daily]]
    fees: Mapping[str, dict[str, FeeTerms]]
    naming: Naming
    tallies: Tallies = field(default_factory=Tallies)


#: What the rooms of this service are given.
CollectionContext = ServiceContext[CollectionSettings, "CollectionParts"]


def assemble(context: CollectionContext) -> CollectionParts:
    """Make the parts of a context; it keeps them."""
    keys = load_keys(context.settings, context.digests)
    metrics = CollectionMetrics(context.metrics)
    metrics.watch_suspense(context.metrics, context.backlog, context.engine)
    metrics.watch_keys(context.metrics, keys.channels)
    divisions, terms = Divisions(context.notices), TermsOfNotices(context.notices)
    settling = Settling(divisions, keys, terms)
    reader = PaymentReader(keys, context.digests)
    matcher = Matcher(
        context.engine,
        reader,
        settling,
        backlog=context.backlog,
        metrics=metrics,
        batch=context.settings.matching_batch,
        right_of_way=context.right_of_way,
    )
    issuing = Issuing(context.notices, keys, Namer(reader, context.digests))
    return CollectionParts(
        keys,
        divisions,
        _commits(context),
        _placing(context, terms),
        metrics,
        settling,
        matcher,
        issuing,
        Printing(context.settings.fonts_dir),
        _checking(context, issuing),
        load_layouts(Profile, PROFILES, *filter(None, [context.settings.profiles_dir])),
        read_object(_SETTLEMENTS, "CANBAO_COLLECTION_SETTLEMENTS", context.settings.settlements),
        *_debits(context.settings, keys),
        *_exchanging(context.settings),
        read_object(_FEES, "CANBAO_COLLECTION_FEES", context.settings.fees),
        Naming(context.settings.registration_url),
    )


def _debits(
    settings: CollectionSettings, keys: Keys
) -> tuple[Mapping[str, dict[str, DebitTerms]], DebitProfiles]:
    """How banks debit accounts, and by which layouts. Raises SettingInvalid for one that cannot be."""
    profiles = DebitProfiles(DEBIT_PROFILES, *filter(None, [settings.debit_profiles_dir]))
    declared = read_object(_DEBITS, "CANBAO_COLLECTION_DEBITS", settings.debits)
    for channels in declared.values():
        for channel, terms in channels.items():
            there = keys.channels.get(channel)
            if there is not None and not isinstance(there, StandardWebhookChannel):
                raise SettingInvalid(f"CANBAO_COLLECTION_DEBITS: {channel} is a wallet, which debits nobody")
            if profiles.sending(terms.profile) is None or profiles.answering(terms.answered_by) is None:
                raise SettingInvalid(
                    f"CANBAO_COLLECTION_DEBITS, channel {channel}: there is no profile of debit files "
                    f"{terms.profile}, or none of answers {terms.answered_by}"
                )
    return declared, profiles


def _exchanging(settings: CollectionSettings) -> tuple[ExchangeProfiles, Mapping[str, dict[Party, Daily]]]:
    profiles = ExchangeProfiles(EXCHANGE_PROFILES, *filter(None, [settings.exchange_profiles_dir]))
    exchanges = read_object(_EXCHANGES, "CANBAO_COLLECTION_EXCHANGES", settings.exchanges)
    profiles.check(exchanges)
    return profiles, exchanges


def _commits(context: CollectionContext) -> GroupCommit[Arrival, Stored]:
    return GroupCommit(
        partial(notification_writer, context.engine),
        context.right_of_way,
        capacity=context.settings.intake_queue,
        batch=context.settings.intake_batch,
    )


def _placing(context: CollectionContext, terms: TermsOfNotices) -> GroupCommit[OrderRequest, Placed]:
    lasts = timedelta(minutes=context.settings.order_minutes)
    writer = partial(order_writer, context.engine, lasts, terms)
    return GroupCommit(writer, context.right_of_way, capacity=1024, batch=64)


def _checking(context: CollectionContext, issuing: Issuing) -> Checking:
    settings = context.settings
    rate = AddressRate("certificate checks", settings.checks_per_minute)
    return Checking(context.engine, issuing, rate, settings.guess_limit, context.metrics)
