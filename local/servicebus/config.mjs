import { readFileSync } from 'node:fs';

const DURATION = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;
const PART_MS = [86_400_000, 3_600_000, 60_000, 1000];
const DEFAULTS = {
  lockDuration: 'PT1M',
  maxDeliveryCount: 10,
  requiresSession: false,
  requiresDuplicateDetection: false,
  duplicateDetectionHistoryTimeWindow: 'PT10M',
  defaultMessageTimeToLive: null,
  deadLetteringOnMessageExpiration: false,
};

/** An ISO 8601 duration of days and smaller, such as PT5M, in milliseconds. */
export function duration_ms(text) {
  const parts = DURATION.exec(text);
  const values = parts?.slice(1).filter((part) => part !== undefined);
  if (!values?.length) throw new Error(`'${text}' is not an ISO 8601 duration such as PT5M`);
  return PART_MS.reduce((sum_ms, part_ms, i) => sum_ms + part_ms * Number(parts[i + 1] ?? 0), 0);
}

/** What broker/queue.mjs needs to know, from the properties of an entry in queues.json. */
export function queueSettings(properties) {
  const unknown = Object.keys(properties).filter((name) => !(name in DEFAULTS));
  if (unknown.length > 0) throw new Error(`unknown property '${unknown[0]}'`);
  const given = { ...DEFAULTS, ...properties };
  const lives = given.defaultMessageTimeToLive;
  return {
    lock_ms: duration_ms(given.lockDuration),
    maxDeliveryCount: positiveInteger('maxDeliveryCount', given.maxDeliveryCount),
    requiresSession: given.requiresSession,
    duplicateWindow_ms: given.requiresDuplicateDetection
      ? duration_ms(given.duplicateDetectionHistoryTimeWindow)
      : 0,
    timeToLive_ms: lives === null ? Infinity : duration_ms(lives),
    deadLettersExpired: given.deadLetteringOnMessageExpiration,
  };
}

/** The queues of a file: [{ name, settings }]. The error names the file and what is wrong in it. */
export function readQueues(path) {
  try {
    const { queues } = JSON.parse(readFileSync(path, 'utf8'));
    if (!Array.isArray(queues) || queues.length === 0) throw new Error("there is no list 'queues' in it");
    return queues.map(readQueue);
  } catch (error) {
    throw new Error(`cannot read the queues from ${path}: ${error.message}`);
  }
}

function readQueue({ name, properties = {} }) {
  if (typeof name !== 'string' || name === '') throw new Error('a queue has no name');
  try {
    return { name, settings: queueSettings(properties) };
  } catch (error) {
    throw new Error(`queue '${name}': ${error.message}`);
  }
}

function positiveInteger(name, value) {
  if (!Number.isInteger(value) || value < 1) throw new Error(`${name} must be a whole number above 0`);
  return value;
}
