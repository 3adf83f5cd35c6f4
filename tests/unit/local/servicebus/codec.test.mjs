import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeMessage, encodeMessage, splitBatch } from '../../../../local/servicebus/amqp/codec.mjs';
import { changesAt, changesUnder } from '../../../../local/servicebus/amqp/changes.mjs';
import { parseAddress } from '../../../../local/servicebus/amqp/address.mjs';
import { bytesOf, tagOf, tokenOf } from '../../../../local/servicebus/amqp/tokens.mjs';
import { duration_ms } from '../../../../local/servicebus/config.mjs';
import { sections } from '../../../../local/servicebus/amqp/scan.mjs';
import { annotationsSection, encodedString, headerSection } from '../../../../local/servicebus/amqp/write.mjs';

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

test('a message without an id gets one of its own, and keeps the rest', () => {
  const nameless = described(0x73, list(...nulls(10), text('session-1')));
  const header = headerSection({ isDurable: true, priority: 7, ttl_ms: 5000, deliveryCount: 0 });
  for (const parts of [[body], [header, body], [header, nameless, body]]) {
    const [one, other] = [1, 2].map(() => decodeMessage(Buffer.concat(parts)));
    assert.match(one.messageId, /^[0-9a-f]{32}$/);
    assert.notEqual(one.messageId, other.messageId);
    assert.equal(one.sessionId, parts.includes(nameless) ? 'session-1' : null);
    assert.equal(decodeMessage(encodeMessage(one)).messageId, one.messageId);
    assert.deepEqual(one.content.rest.subarray(-body.length), body);
  }
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

test('what a consumer changed stands in the place of what was there, in its own type', () => {
  const int = (value) => Buffer.from([0x54, value]);
  const map = (...items) => Buffer.concat([Buffer.from([0xc1, 1 + Buffer.concat(items).length, items.length]), ...items]);
  const old = described(0x74, map(text('kept'), int(1), text('changed'), int(2)));
  const message = decodeMessage(Buffer.concat([properties, old, body]));
  const asked = map(text('changed'), text('now a text'), text('added'), int(3));
  message.change(changesAt(asked, 0));
  message.deadLetter = { reason: 'bad', description: undefined, sequence: 1 };
  const again = decodeMessage(encodeMessage(message));
  const parts = sections(again.content.rest);
  const found = changesAt(again.content.rest, parts.find(({ code }) => code === 0x74).value);
  const values = { kept: int(1), changed: text('now a text'), added: int(3), DeadLetterReason: encodedString('bad') };
  assert.deepEqual(Object.fromEntries(found), values);
  assert.deepEqual(changesAt(Buffer.from([0x40]), 0), new Map());
  assert.deepEqual(changesUnder(map(text('other'), int(1)), 0, 'properties-to-modify'), new Map());
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
  for (const address of ['/tmdb-fetch', 'tmdb-fetch/', 'sb://host//tmdb-fetch', 'AMQPS://host:5671/tmdb-fetch']) {
    assert.deepEqual(parseAddress(address), { entity: 'tmdb-fetch', isManagement: false, isTokens: false });
  }
  assert.deepEqual(parseAddress('amqps://host'), { entity: '', isManagement: false, isTokens: false });
  assert.ok(parseAddress('/$CBS').isTokens);
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
