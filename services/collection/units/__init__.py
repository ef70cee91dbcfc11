"""Units that pay for the people on their lists, with one order and one receipt."""
