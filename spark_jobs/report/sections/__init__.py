"""The sections of the report: each makes a sentence, charts and a table of the rows of a query."""
