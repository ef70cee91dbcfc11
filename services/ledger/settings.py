"""The settings that the ledger has of its own."""

from pydantic import Field

from libs.common.settings import ServiceSettings


class LedgerSettings(ServiceSettings):
    """Settings read from `CANBAO_*` and `CANBAO_LEDGER_*`."""

    totals_memory_mib: int = Field(
        default=64, ge=4, le=4096, description="memory in which the database counts heads at a closing"
    )
    warning_days: int = Field(
        default=7, ge=1, le=60, description="days before a handover is due on which an alert is raised"
    )
