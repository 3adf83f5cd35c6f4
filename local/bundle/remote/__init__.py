"""The workspace that a bundle is deployed to: its calls, its kinds of resources, and what the bundle keeps there."""
