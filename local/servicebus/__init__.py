"""The local Service Bus emulator: an AMQP 1.0 broker in Node that Microsoft's SDKs use unchanged.

    node local/servicebus/server.mjs --config infrastructure/queues.json --modules .local/node/node_modules

`broker/` holds the semantics of queues without network and with an injected clock, `amqp/` the links, and
beside them are management requests, fault injection and the control interface over HTTP (GET /stats,
GET and POST /faults, POST /purge). State lives in memory and ends with the process.

`official` makes the configuration of Microsoft's own emulator from the same queue settings.
"""
