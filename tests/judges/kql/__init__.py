"""Microsoft's language service and a KQL engine judge the queries."""
