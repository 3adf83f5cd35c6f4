import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeMessage, encodeMessage, splitBatch } from '../../../../local/servicebus/amqp/codec.mjs';
import { parseAddress } from '../../../../local/servicebus/amqp/address.mjs';
import { bytesOf, tagOf, tokenOf } from '../../../../local/servicebus/amqp/tokens.mjs';
import { duration_ms } from '../../../../local/servicebus/config.mjs';
import { annotationsSection, headerSection } from '../../../../local/servicebus/amqp/write.mjs';

const text = (value) => Buffer.concat([Buffer.from([0xa1, value.length]), Buffer.from(value)]);
const described = (code, value) => Buffer.concat([Buffer.from([0x00, 0x53, code]), value]);
const data = (value) => described(0x75, Buffer.concat([Buffer.from([0xa0, value.length]), value]));

function list(...items) {
  const content = Buffer.concat(items);
  return Buffer.concat([Buffer.from([0xc0, content.length + 1, items.length]), content]);
}

const nulls = (count) => Array.from({ length: count }, () => Buffer.from([0x40]));
const properties = described(0x73, list(text('id-1'), ...nulls(9), text('session-1')));
const body = data(Buffer.from('payload'));

test('what a queue needs is read, and the rest is kept byte for byte', () => {
  const header = headerSection({ isDurable: true, priority: 7, ttl_ms: 5000, deliveryCount: 0 });
  const message = decodeMessage(Buffer.concat([header, properties, body]));
  assert.deepEqual([message.messageId, message.sessionId, message.timeToLive_ms], ['id-1', 'session-1', 5000]);
  assert.deepEqual(message.content.rest, Buffer.concat([properties, body]));
});

test('a message passes through again and again unchanged', () => {
  const annotations = annotationsSection([], { 'x-opt-scheduled-enqueue-time': 123_456 }, { mine: 7 }, 0);
  const message = decodeMessage(Buffer.concat([annotations, properties, body]));
  assert.equal(message.enqueueAt_ms, 123_456);
  message.state = 'locked';
  const again = decodeMessage(encodeMessage(message, 99));
  again.state = 'locked';
  assert.deepEqual(again.content.annotations, message.content.annotations);
  assert.deepEqual(encodeMessage(again, 99), encodeMessage(message, 99));
});

test('a batch is split into its messages', () => {
  const messages = [Buffer.concat([properties, body]), body];
  const batch = Buffer.concat([properties, ...messages.map(data)]);
  assert.deepEqual(splitBatch(batch), messages);
});

test('the reason of a dead letter is an application property', () => {
  const message = decodeMessage(Buffer.concat([properties, body]));
  message.deadLetter = { reason: 'bad', description: 'no JSON', sequence: 1 };
  const encoded = encodeMessage(message).toString('latin1');
  assert.match(encoded, /DeadLetterReason[^]*bad[^]*DeadLetterErrorDescription[^]*no JSON[^]*payload/);
});

test('a truncated or senseless encoding is refused, never half read', () => {
  const whole = Buffer.concat([properties, body]);
  for (let length = 1; length < whole.length; length += 1) {
    if (length === properties.length) continue;
    assert.throws(() => decodeMessage(whole.subarray(0, length)), { condition: 'amqp:decode-error' });
  }
  assert.throws(() => decodeMessage(Buffer.from('no AMQP')), { condition: 'amqp:decode-error' });
});

test('addresses are taken with and without an origin', () => {
  const whole = parseAddress('amqps://127.0.0.1:5672/tmdb-fetch/$DeadLetterQueue/$management');
  assert.deepEqual(whole, { entity: 'tmdb-fetch/$DeadLetterQueue', isManagement: true, isTokens: false });
  assert.deepEqual(parseAddress('$cbs'), { entity: '$cbs', isManagement: false, isTokens: true });
});

test('a delivery tag is the token with its first fields little-endian', () => {
  const token = '00112233-4455-6677-8899-aabbccddeeff';
  assert.equal(tagOf(token).toString('hex'), '33221100554477668899aabbccddeeff');
  assert.equal(tokenOf(bytesOf(token)), token);
});

test('durations are read as ISO 8601', () => {
  assert.deepEqual(['PT5M', 'P7D', 'PT20S', 'P1DT2H3M4.5S'].map(duration_ms), [300_000, 604_800_000, 20_000, 93_784_500]);
  for (const wrong of ['5m', 'P', 'PT', '', 'P1Y']) assert.throws(() => duration_ms(wrong), /ISO 8601/);
});
