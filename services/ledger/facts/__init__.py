"""What happened, kept as it was published, and what is known from it."""
