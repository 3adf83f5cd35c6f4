/**
 * The local Service Bus emulator:
 * node server.mjs --config queues.json --modules node_modules [--port 0] [--control-port 0]
 */
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Control } from './control.mjs';
import { Faults } from './faults.mjs';
import { Listener } from './amqp/listener.mjs';
import { Namespace } from './broker/namespace.mjs';
import { createManagement } from './management.mjs';
import { readQueues } from './config.mjs';

const OPTIONS = {
  config: { type: 'string' },
  modules: { type: 'string' },
  port: { type: 'string', default: '0' },
  'control-port': { type: 'string', default: '0' },
};
const HIGHEST_PORT = 65_535;

const log = (text) => process.stderr.write(`servicebus: ${text}\n`);

function readArguments() {
  const { values } = parseArgs({ options: OPTIONS });
  if (!values.config) throw new Error('--config is missing: the file with the queues');
  if (!values.modules) throw new Error('--modules is missing: the node_modules folder with rhea in it');
  return {
    ...values,
    port: portNumber('--port', values.port),
    controlPort: portNumber('--control-port', values['control-port']),
  };
}

function portNumber(option, text) {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= HIGHEST_PORT) return port;
  throw new Error(`${option} must be a port number, got '${text}'`);
}

function loadRhea(modules) {
  const folder = join(resolve(modules), 'rhea');
  try {
    return createRequire(import.meta.url)(folder);
  } catch {
    throw new Error(`there is no rhea in ${modules}: run npm ci with local/node/package.json there`);
  }
}

async function listen(server, port) {
  try {
    return await server.listen(port);
  } catch (error) {
    if (error.code === 'EADDRINUSE') throw new Error(`port ${port} on 127.0.0.1 is in use`, { cause: error });
    throw error;
  }
}

async function start() {
  const { config, modules, port, controlPort } = readArguments();
  const namespace = new Namespace(readQueues(config));
  const rhea = loadRhea(modules);
  const management = createManagement(rhea.types, namespace);
  const listener = new Listener({ rhea, namespace, management }, log);
  const control = new Control(namespace, new Faults(namespace, listener));
  const amqpPort = await listen(listener, port);
  announce(amqpPort, await listen(control, controlPort));
  endOn(['SIGTERM', 'SIGINT'], [listener, control]);
}

function announce(port, controlPort) {
  const url = `amqp://127.0.0.1:${port}`;
  const ready = { ready: true, url, port, control_url: `http://127.0.0.1:${controlPort}` };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
}

function endOn(signals, servers) {
  const end = () => {
    servers.forEach((server) => server.close());
    process.exit(0);
  };
  signals.forEach((signal) => process.on(signal, end));
}

start().catch((error) => {
  log(error.message);
  process.exit(2);
});
