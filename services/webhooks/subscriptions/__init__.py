"""Who wants to be told of what, where, and by which secret it is signed."""
