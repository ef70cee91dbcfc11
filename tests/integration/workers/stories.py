"""The stories of all workers, wherever they stand."""

from tests.integration.workers import (
    of_all_services,
    of_collection,
    of_files,
    of_ledger_and_subsidy,
    of_registration,
    of_seasons,
    of_webhooks,
)

ALL = (
    of_all_services,
    of_collection,
    of_files,
    of_ledger_and_subsidy,
    of_registration,
    of_seasons,
    of_webhooks,
)
