"""Fees that channels kept: booked by their bills, or as the account shows, and told to the ledger."""
