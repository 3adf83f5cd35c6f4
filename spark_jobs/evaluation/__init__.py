"""The matcher compared with labelled links: fit its weights, measure it, draw the figures."""
