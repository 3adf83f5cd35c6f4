import { createServer } from 'node:http';

const MAX_BODY_BYTES = 64 * 1024;

/** The control interface over HTTP: GET /stats, GET and POST /faults, POST /purge. */
export class Control {
  #server;
  #routes;

  constructor(namespace, faults) {
    this.#routes = {
      'GET /stats': () => namespace.stats(),
      'GET /faults': () => faults.active,
      'POST /faults': (body) => ({ ...faults.apply(parse(body)), faults: faults.active }),
      'POST /purge': () => {
        namespace.purge();
        return namespace.stats();
      },
    };
    this.#server = createServer((request, response) => this.#serve(request, response));
  }

  /** Resolves with the port. Rejects when it cannot listen there. */
  listen(port) {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', () => resolve(this.#server.address().port));
    });
  }

  close() {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request, response) {
    const { pathname } = new URL(request.url, 'http://127.0.0.1');
    const route = this.#routes[`${request.method} ${pathname}`];
    if (!route) return answer(response, 404, { error: `there is no ${request.method} ${pathname}` });
    try {
      return answer(response, 200, route(await read(request)));
    } catch (error) {
      return answer(response, 400, { error: error.message });
    }
  }
}

async function read(request) {
  const chunks = [];
  let size_bytes = 0;
  for await (const chunk of request) {
    size_bytes += chunk.length;
    if (size_bytes > MAX_BODY_BYTES) throw new Error(`the body is larger than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(body) {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new Error(`the body is not JSON: ${error.message}`);
  }
}

function answer(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
