"""What starts a function besides HTTP: timers, blobs, Service Bus queues."""
