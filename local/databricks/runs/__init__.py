"""Jobs and their runs: definitions, attempts, processes, records."""
