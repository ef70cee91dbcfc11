"""Scores of townships or villages by the formula of the notice, and their work funds."""
