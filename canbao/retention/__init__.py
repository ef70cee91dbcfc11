"""What may be forgotten when: the terms of the law as data, and the command that keeps to them."""
