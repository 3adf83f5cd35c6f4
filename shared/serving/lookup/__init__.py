"""Answers from the files gold publishes: links by id, pages of films and records, views; how often a key may ask."""
