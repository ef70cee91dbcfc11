"""Rosters of who is to be subsidized: looked through, and decided line by line or as a whole."""
