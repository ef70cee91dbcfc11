"""The five matches of a collector and day: money, people, names, roster and receipts."""
