"""Moves runs from state to state: start, fan-in, stages, cancel, replay, watchdog, retention."""
