"""Typed clients of the two APIs."""
