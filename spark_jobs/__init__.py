"""The Spark jobs of Crossfade: bronze to silver tables, silver to matches. Knows nothing of the function app."""
