"""HTTP triggers and the admin endpoints."""
