"""Checks without Azure: infrastructure/ is sound and declares what the code uses."""
