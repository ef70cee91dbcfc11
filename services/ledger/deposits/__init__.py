"""Cash that collectors paid into the bank."""
