"""What a channel owes day by day, which slips paid it, and matching a slip by hand."""
