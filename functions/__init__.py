"""The function app: one blueprint a stage. The only place that imports azure.functions."""
