"""Every worker of every service has a poison of its own: none is forgotten that others would wait for."""

import pytest

from canbao.context import make_context
from canbao.definitions import SERVICES, definition
from libs.common.clock import MovableClock
from libs.common.security.digests import Digests
from libs.common.security.tokens import Authenticator
from libs.common.security.wrapping import InstallationKeys
from libs.common.service import service_settings
from tests.integration.workers import stories
from tests.integration.workers.bench import DONE_ALL_THE_SAME, NO_WORK, POISONS

assert stories.ALL


@pytest.fixture
def context_of(notices, signing_key):
    """A context of a service whose database nobody reaches."""

    def make(name):
        service = definition(name)
        settings = service_settings(service, database_url="postgresql://nobody@127.0.0.1:1/none")
        return make_context(
            service,
            settings,
            bus=None,
            clock=MovableClock(),
            notices=notices,
            authenticator=Authenticator(signing_key.jwks()),
            digests=Digests(b"\x07" * 32),
            wrapper=InstallationKeys([b"\x08" * 32]),
        )

    return make


async def test_each_has_a_poison_of_its_own(context_of):
    workers = {
        (name, worker.name) for name in SERVICES for worker in definition(name).workers(context_of(name))
    }

    assert workers == {*POISONS, *NO_WORK}
    assert not POISONS.keys() & NO_WORK
    assert POISONS.keys() >= DONE_ALL_THE_SAME
