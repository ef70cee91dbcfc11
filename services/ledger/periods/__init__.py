"""Accounting months: open, locked, closed."""
