"""Queue messages and the manifests that one stage writes for the next: frozen, versioned pydantic models."""
