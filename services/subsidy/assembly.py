"""The parts that the web application and the workers of this service share."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from libs.common.security.fingerprints import LastingKey
from libs.common.service import ServiceContext
from services.subsidy.cards.problems import ACCOUNTS_CLOSED
from services.subsidy.cards.vault import AccountKeyInvalid, AccountVault, lasting_key, load_vault
from services.subsidy.payout_batches.profiles import PROFILES, Profiles
from services.subsidy.settings import SubsidySettings

#: What the rooms of this service are given.
SubsidyContext = ServiceContext[SubsidySettings, "SubsidyParts"]


@dataclass
class SubsidyParts:
    """The vault is opened when it is first needed; a service without its key is not ready, and says why.

    `profiles` are layouts of banks' files.
    """

    account_key: str | None
    profiles: Profiles

    @cached_property
    def _opened(self) -> AccountVault:
        return load_vault(self.account_key)

    @property
    def vault(self) -> AccountVault:
        """The vault of account numbers. Raises Problem 503 while the key is missing or wrong."""
        try:
            return self._opened
        except AccountKeyInvalid:
            raise ACCOUNTS_CLOSED.problem() from None

    async def check(self) -> str | None:
        """Say why the vault cannot be opened."""
        try:
            load_vault(self.account_key)
        except AccountKeyInvalid as error:
            return str(error)
        return None


def assemble(context: SubsidyContext) -> SubsidyParts:
    """Make the parts of a context; it keeps them."""
    further = filter(None, [context.settings.profiles_dir])
    return SubsidyParts(context.settings.account_key, Profiles(PROFILES, *further))


def lasting_keys(settings: SubsidySettings) -> Sequence[LastingKey]:
    """The keys that the database of this service belongs to."""
    return [lasting_key(settings.account_key)]
