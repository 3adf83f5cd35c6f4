"""The worker: values from trigger data, calls of handlers, their results."""
