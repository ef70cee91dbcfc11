"""Files that officers send, what became of their rows, and faulty rows to be mended."""
