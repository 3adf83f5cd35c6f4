"""Processes on this machine: children, ready lines, serving, Node and Java."""
