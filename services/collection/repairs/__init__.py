"""Lapsed years that may be repaired beside the contribution: for whom, at what, until when."""
