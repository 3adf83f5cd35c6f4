"""Tests of the notebooks and their helpers."""
