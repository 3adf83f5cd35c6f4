import { createServer } from 'node:net';
import { ClientConnection } from './connection.mjs';

/** Accepts AMQP connections, and can drop and refuse them. */
export class Listener {
  #server;
  #sockets = new Set();
  #refusedUntil_ms = 0;

  /**
   * @param broker rhea, namespace and management, for the connections
   * @param log (text) => void
   */
  constructor(broker, log) {
    const container = broker.rhea.create_container({ id: 'crossfade-servicebus' });
    for (const event of ['error', 'protocol_error', 'connection_error', 'session_error']) {
      container.on(event, (problem) => log(`${event}: ${problem?.error ?? problem?.message ?? problem}`));
    }
    for (const event of ['disconnected', 'sender_error', 'receiver_error']) container.on(event, () => {});
    offerMechanisms(container.sasl_server_mechanisms);
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept({ ...broker, container }, socket));
  }

  /** How many seconds from now connections are refused. */
  get refused_s() {
    return Math.max(this.#refusedUntil_ms - Date.now(), 0) / 1000;
  }

  get connections() {
    return this.#sockets.size;
  }

  /** Resolves with the port. Rejects when it cannot listen there. */
  listen(port) {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', () => resolve(this.#server.address().port));
    });
  }

  /** Cuts all connections; how many there were. */
  drop() {
    const count = this.#sockets.size;
    this.#sockets.forEach((socket) => socket.destroy());
    return count;
  }

  refuse(seconds) {
    this.#refusedUntil_ms = Date.now() + seconds * 1000;
  }

  close() {
    this.#server.close();
    this.drop();
  }

  #accept(broker, socket) {
    if (this.refused_s > 0) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    gatherWrites(socket);
    new ClientConnection(broker, socket);
  }
}

/** Who a client is, it says with a token on $cbs; .NET wants to hear that as MSSBCBS, others are ANONYMOUS. */
function offerMechanisms(mechanisms) {
  mechanisms.enable_anonymous();
  mechanisms.MSSBCBS = () => ({ outcome: true, start: () => {} });
}

/** rhea writes frame by frame; this sends what one turn of the event loop writes in one go. */
function gatherWrites(socket) {
  const write = socket.write.bind(socket);
  let isCorked = false;
  const flush = () => {
    isCorked = false;
    socket.uncork();
  };
  socket.write = (...frame) => {
    if (!isCorked) {
      isCorked = true;
      socket.cork();
      setImmediate(flush);
    }
    return write(...frame);
  };
}
