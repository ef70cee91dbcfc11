"""Money taken by hand: from the list of who has not paid, and what is taken back of it."""
