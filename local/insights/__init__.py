"""An Application Insights ingestion endpoint that keeps what it gets, for azure-monitor-opentelemetry."""
