"""What collection has of its own of days of channels, in sums that the ledger compares with its postings."""
