"""Under which phone somebody agreed to be reminded, and that they do so no more."""
