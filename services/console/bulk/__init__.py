"""Several rows of a work list acted on together: looked through first, then each with its own result."""
