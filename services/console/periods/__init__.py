"""Accounting months: what stands against closing one, its trial balance, locked, closed and opened again."""
