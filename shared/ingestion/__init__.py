"""A task from delivery to raw blob: write once, then send children, then report."""
