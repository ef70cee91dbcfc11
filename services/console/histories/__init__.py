"""In which years somebody was insured, how that is known, and correcting it."""
