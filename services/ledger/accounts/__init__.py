"""Which accounts there are and how much stands on each."""
