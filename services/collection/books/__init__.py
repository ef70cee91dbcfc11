"""Books of numbered paper: who holds which numbers, since when, and what became of each."""
