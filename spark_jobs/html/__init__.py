"""Pages that open offline: one shell, one style sheet, tables, charts and wording."""
