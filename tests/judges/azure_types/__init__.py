"""Azure's own resource types judge the Bicep files."""
