"""Bulletins as pages: which are due, drafted, and signed or refused by the leader."""
