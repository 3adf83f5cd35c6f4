"""What is written of the tables for those who read them, made of their definitions: docs/tables.md and the contract."""
