"""Messages that a service could not handle: how many, and the commands by which an operator sees to them."""
