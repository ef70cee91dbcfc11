"""Tables as banks, treasuries and tax bureaus give them: those of the simulator."""

from canbao.simulator.files.tables import as_csv, as_workbook, bank, slips, tax, treasury

__all__ = ["as_csv", "as_workbook", "bank", "slips", "tax", "treasury"]
