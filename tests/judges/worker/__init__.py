"""Microsoft's Python worker on the function app and on what local/host hands to functions."""
