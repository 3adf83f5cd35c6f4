"""A batch of tasks from delivery to raw blob: write once, then send children, then report."""
