"""Batches of payouts: made of all that is ready, agreed to by a second person, handed to the bank."""
