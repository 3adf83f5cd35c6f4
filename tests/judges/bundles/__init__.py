"""The makers of bundles judge ours, by the typed model they publish."""
