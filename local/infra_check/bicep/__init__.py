"""Bicep files as a tree, and how modules are wired."""
