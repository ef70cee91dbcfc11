"""Letters to banks and channels about money that did not come, kept as they were sent."""
