"""The Service Bus emulator, judged by Microsoft's SDKs of other languages and by AMQP frames written by hand."""
