"""The matcher against labelled links: fit, judge, draw."""
