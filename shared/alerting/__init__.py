"""When somebody must look, and how they are told: rules, the book of open alerts, notices."""
