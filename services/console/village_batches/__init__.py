"""A village's batch as one page: its story, its lines, what comes next, and the forms of who may move it."""
