"""Processes that are never left behind: started behind a gate, ended whole, known again after a crash."""
