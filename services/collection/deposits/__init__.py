"""Cash that collectors pay into the bank, slip by slip."""
