import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Clock, attached, message, newQueue } from './clock.mjs';

const MINUTE_MS = 60_000;

test('messages go out in order, as far as the credit reaches', () => {
  const queue = newQueue(new Clock());
  const consumer = attached(queue, 2);
  queue.send(['a', 'b', 'c'].map((body) => message(body)));
  assert.deepEqual(consumer.bodies, ['a', 'b']);
  consumer.left = 5;
  queue.wake(consumer);
  assert.deepEqual(consumer.bodies, ['a', 'b', 'c']);
});

test('consumers take turns', () => {
  const queue = newQueue(new Clock());
  const consumers = [attached(queue, 10), attached(queue, 10)];
  queue.send(['a', 'b', 'c', 'd'].map((body) => message(body)));
  assert.deepEqual(consumers.map(({ bodies }) => bodies), [['a', 'c'], ['b', 'd']]);
});

test('an abandoned message returns to its place', () => {
  const queue = newQueue(new Clock());
  const consumer = attached(queue, 2);
  queue.send(['a', 'b', 'c'].map((body) => message(body)));
  queue.settle(consumer.received[0].token, 'abandon');
  consumer.left = 2;
  queue.wake(consumer);
  assert.deepEqual(consumer.bodies, ['a', 'b', 'a', 'c']);
  assert.equal(consumer.received[2].message.deliveryCount, 1);
});

test('a lock that ends gives the message back and cannot be settled', () => {
  const clock = new Clock();
  const queue = newQueue(clock, { lockDuration: 'PT1M' });
  const consumer = attached(queue, 1);
  queue.send([message('a')]);
  const [{ token }] = consumer.received;
  clock.pass(MINUTE_MS - 1);
  assert.equal(queue.stats.lock_lost, 0);
  clock.pass(1);
  assert.deepEqual([queue.stats.lock_lost, queue.stats.active], [1, 1]);
  assert.throws(() => queue.settle(token, 'complete'), { condition: 'com.microsoft:message-lock-lost' });
});

test('a renewed lock lasts another duration', () => {
  const clock = new Clock();
  const queue = newQueue(clock, { lockDuration: 'PT1M' });
  const consumer = attached(queue, 1);
  queue.send([message('a')]);
  clock.pass(MINUTE_MS - 1);
  assert.equal(queue.renewLock(consumer.received[0].token), clock.now() + MINUTE_MS);
  clock.pass(MINUTE_MS - 1);
  queue.settle(consumer.received[0].token, 'complete');
  assert.equal(queue.stats.completed, 1);
});

test('a message goes to the dead letters after its last delivery', () => {
  const queue = newQueue(new Clock(), { maxDeliveryCount: 3 });
  const consumer = attached(queue, 3);
  queue.send([message('a')]);
  for (let i = 0; i < 3; i += 1) queue.settle(consumer.received[i].token, 'abandon');
  assert.equal(consumer.received.length, 3);
  const letters = attached(queue.deadLetters, 1);
  assert.equal(letters.received[0].message.deadLetter.reason, 'MaxDeliveryCountExceeded');
});

test('a released message counts no delivery', () => {
  const queue = newQueue(new Clock(), { maxDeliveryCount: 1 });
  const consumer = attached(queue, 2);
  queue.send([message('a')]);
  queue.settle(consumer.received[0].token, 'release');
  assert.equal(consumer.received[1].message.deliveryCount, 0);
});

test('a locked message that expires is dead-lettered only when its lock ends', () => {
  const clock = new Clock();
  const properties = { lockDuration: 'PT5M', defaultMessageTimeToLive: 'PT1M', deadLetteringOnMessageExpiration: true };
  const queue = newQueue(clock, properties);
  const consumer = attached(queue, 2);
  queue.send([message('kept'), message('late')]);
  clock.pass(MINUTE_MS);
  assert.deepEqual([queue.stats.locked, queue.stats.dead_letter], [2, 0]);
  queue.settle(consumer.received[0].token, 'complete');
  queue.settle(consumer.received[1].token, 'abandon');
  assert.deepEqual([queue.stats.completed, queue.stats.dead_letter], [1, 1]);
});

test('dead letters neither expire nor die again', () => {
  const clock = new Clock();
  const queue = newQueue(clock, { defaultMessageTimeToLive: 'PT1M', maxDeliveryCount: 1 });
  const consumer = attached(queue, 1);
  queue.send([message('a')]);
  queue.settle(consumer.received[0].token, 'deadLetter', { reason: 'bad' });
  clock.pass(60 * MINUTE_MS);
  const letters = attached(queue.deadLetters, 2);
  queue.deadLetters.settle(letters.received[0].token, 'abandon');
  assert.throws(() => queue.deadLetters.settle(letters.received[1].token, 'deadLetter'), /dead letter/);
  queue.deadLetters.settle(letters.received[1].token, 'complete');
  assert.equal(queue.stats.dead_letter, 0);
});

test('a message id counts as a duplicate within the window and not after it', () => {
  const clock = new Clock();
  const window = { requiresDuplicateDetection: true, duplicateDetectionHistoryTimeWindow: 'PT10M' };
  const queue = newQueue(clock, window);
  queue.send([message('a', { messageId: '1' }), message('b', { messageId: '1' }), message('c'), message('d')]);
  assert.deepEqual([queue.stats.active, queue.stats.duplicates_dropped], [3, 1]);
  clock.pass(10 * MINUTE_MS);
  queue.send([message('e', { messageId: '1' })]);
  assert.equal(queue.stats.active, 4);
});

test('a scheduled message gets a new number when its time comes, behind what was sent before', () => {
  const clock = new Clock();
  const queue = newQueue(clock);
  const [number] = queue.send([message('later', { enqueueAt_ms: clock.now() + MINUTE_MS })]);
  queue.send([message('now')]);
  const consumer = attached(queue, 2);
  clock.pass(MINUTE_MS);
  assert.deepEqual(consumer.bodies, ['now', 'later']);
  assert.ok(consumer.received[1].message.sequence > number);
});

test('cancelling is all or nothing', () => {
  const clock = new Clock();
  const queue = newQueue(clock);
  const due = { enqueueAt_ms: clock.now() + MINUTE_MS };
  const numbers = queue.send([message('a', due), message('b', due)]);
  assert.throws(() => queue.cancelScheduled([...numbers, 99]), { condition: 'com.microsoft:message-not-found' });
  queue.cancelScheduled(numbers);
  clock.pass(MINUTE_MS);
  assert.equal(queue.size, 0);
});

test('a deferred message stays deferred when it is abandoned', () => {
  const queue = newQueue(new Clock());
  const consumer = attached(queue, 1);
  const [number] = queue.send([message('a')]);
  queue.settle(consumer.received[0].token, 'defer');
  const [{ lock }] = queue.receiveDeferred([number], {});
  queue.settle(lock.token, 'abandon');
  assert.equal(queue.stats.deferred, 1);
  assert.deepEqual(queue.receiveDeferred([number], { deletes: true })[0].lock, null);
  assert.equal(queue.size, 0);
});

test('peeking starts at a number and reaches messages in every state', () => {
  const clock = new Clock();
  const queue = newQueue(clock);
  attached(queue, 1);
  const numbers = queue.send([message('locked'), message('active'), message('due', { enqueueAt_ms: 9e12 })]);
  assert.deepEqual(queue.peek(0, 10).map(({ content }) => content), ['locked', 'active', 'due']);
  assert.deepEqual(queue.peek(numbers[1], 1).map(({ content }) => content), ['active']);
});

test('with the fault on, a completed message comes exactly once more', () => {
  const clock = new Clock();
  clock.faults.duplicateDeliveryRate = 1;
  const queue = newQueue(clock);
  const consumer = attached(queue, 5);
  queue.send([message('a')]);
  queue.settle(consumer.received[0].token, 'complete');
  queue.settle(consumer.received[1].token, 'complete');
  assert.deepEqual([consumer.received.length, queue.size, queue.stats.completed], [2, 0, 1]);
});

test('purging forgets everything, and late settlements are refused', () => {
  const clock = new Clock();
  const queue = newQueue(clock, { requiresDuplicateDetection: true });
  const consumer = attached(queue, 1);
  queue.send([message('a', { messageId: '1' }), message('b')]);
  queue.purge();
  assert.equal(queue.size, 0);
  assert.throws(() => queue.settle(consumer.received[0].token, 'complete'));
  clock.pass(60 * MINUTE_MS);
  queue.send([message('a', { messageId: '1' })]);
  assert.equal(queue.stats.active, 1);
});

test('a hundred thousand messages queue up and drain in linear steps', () => {
  const queue = newQueue(new Clock(), { defaultMessageTimeToLive: 'P7D' });
  const count = 100_000;
  for (let i = 0; i < count; i += 1) queue.send([message(i)]);
  const consumer = attached(queue, 0);
  for (let i = 0; i < count; i += 1) {
    consumer.left = 1;
    queue.wake(consumer);
    queue.settle(consumer.received[i].token, 'complete');
  }
  assert.deepEqual([queue.size, queue.stats.completed], [0, count]);
  assert.ok(consumer.bodies.every((body, i) => body === i));
});
