"""The APIs of a workspace over HTTP: requests checked, answers in the documented form."""
