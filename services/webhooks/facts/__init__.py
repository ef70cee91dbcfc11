"""What happened, as it may be told to others."""
