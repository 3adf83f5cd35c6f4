"""What every job uses: session, lake, steps and manifests, tracing, Arrow, parallel actions."""
