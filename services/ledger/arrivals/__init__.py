"""Money of the fiscal match that comes, and that is taken back where it was entered wrongly."""
