"""Uses the generated Python clients of all four services, found on PYTHONPATH."""

import os
from http import HTTPStatus
from uuid import uuid4

from collection_client import AuthenticatedClient as CollectionClient
from collection_client.api.orders import create_order
from collection_client.models import NewOrder, Problem
from ledger_client import AuthenticatedClient as LedgerClient
from ledger_client.api.handovers import list_handovers
from registration_client import AuthenticatedClient as RegistrationClient
from registration_client.api.notices import list_notices
from subsidy_client import AuthenticatedClient as SubsidyClient
from subsidy_client.api.payouts import list_payouts


def client_of(kind, service):
    return kind(base_url=f"{os.environ['CANBAO_ADDRESS']}/{service}", token=os.environ["CANBAO_TOKEN"])


def say(holds, what):
    if not holds:
        raise AssertionError(what)
    print(f"ok: {what}")


notices = list_notices.sync(client=client_of(RegistrationClient, "registration"))
say(any(notice.county == "youxi" for notice in notices.items), "notices are listed")

order = NewOrder(county="youxi", coverage_year=2020, channel="wechat", person_ids=[2**40])
answer = create_order.sync_detailed(
    client=client_of(CollectionClient, "collection"), body=order, idempotency_key=f'"{uuid4()}"'
)
say(isinstance(answer.parsed, Problem), "an order for nobody is refused with a typed problem")
say(answer.parsed.type_.startswith("urn:canbao:problem:"), "whose type says why")
say(answer.status_code == HTTPStatus(answer.parsed.status), "a problem has the status of its answer")

payouts = list_payouts.sync(client=client_of(SubsidyClient, "subsidy"), county="youxi", coverage_year=2020)
say(payouts.items == [] and payouts.next_after is None, "there are no payouts yet")

handovers = list_handovers.sync(client=client_of(LedgerClient, "ledger"), county="youxi", coverage_year=2020)
say(len(handovers.items) > 0, "the deadlines of the notice are listed")
