"""Alerts: the rules, the book of open alerts, and the notices that tell people."""
