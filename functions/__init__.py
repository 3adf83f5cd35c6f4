"""One blueprint per stage; the only place that imports azure.functions."""
