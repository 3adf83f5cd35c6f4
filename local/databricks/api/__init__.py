"""The Jobs API over HTTP: requests checked, answers in the documented form."""
