"""What every job stands on: session, lake, steps and manifests, tracing, Arrow, parallel actions."""
