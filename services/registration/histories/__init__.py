"""What is known of the years before: in which of them each person was insured."""
