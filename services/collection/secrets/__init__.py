"""Secrets by which senders sign, made and taken out over the API while the service runs."""
