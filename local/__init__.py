"""Crossfade whole on one machine.

Modules here are commands; each folder stands in for one service, machine/ is what they share.
"""
