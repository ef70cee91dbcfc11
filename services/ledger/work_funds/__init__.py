"""Money of the county for the work of its townships and villages: owed by signed score sheets, and paid."""
