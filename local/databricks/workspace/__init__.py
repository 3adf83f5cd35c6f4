"""What was deployed, in SQLite: jobs and who may use them, objects of Unity Catalog and their grants, files."""
