"""What travels between functions, and what a stage leaves for the next: frozen, versioned pydantic models."""
