"""A run's memory in the control container: state, plan, journal, history, findings."""
