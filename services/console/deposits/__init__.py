"""Cash that collectors bring to the bank: slips, what each brought, photos of it, and what is missing."""
