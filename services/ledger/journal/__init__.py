"""The journal of a month as the finance bureau books it: numbered entries with debit and credit."""
