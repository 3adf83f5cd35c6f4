"""Tests of shared.figures."""
