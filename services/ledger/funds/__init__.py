"""Money of payers: what was applied for, what is on its way, what has arrived."""
