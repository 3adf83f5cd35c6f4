"""Every table as an explicit StructType, a comment and a unit on each column."""
