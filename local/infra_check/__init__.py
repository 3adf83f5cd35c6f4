"""Proof without Azure: what infrastructure/ declares is sound, and is what the code uses."""
