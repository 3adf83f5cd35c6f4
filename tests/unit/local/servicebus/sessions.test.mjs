import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Clock, inSession, message, newQueue } from './clock.mjs';

const MINUTE_MS = 60_000;
const PROPERTIES = { requiresSession: true, lockDuration: 'PT5M' };
const inTurn = (...ids) => ids.map((sessionId, i) => message(`${sessionId}${i}`, { sessionId }));

test('a message without a session id is refused, with all that came with it', () => {
  const queue = newQueue(new Clock(), PROPERTIES);
  assert.throws(() => queue.send([...inTurn('a'), message('x')]), { condition: 'amqp:not-allowed' });
  assert.equal(queue.size, 0);
});

test('the next session is the one that waits longest, and has one holder', () => {
  const queue = newQueue(new Clock(), PROPERTIES);
  queue.send(inTurn('a', 'b', 'a'));
  const consumers = [inSession(queue, null), inSession(queue, null)];
  assert.deepEqual(consumers.map(({ bodies }) => bodies), [['a0', 'a2'], ['b1']]);
  assert.equal(inSession(queue, 'a').error.condition, 'com.microsoft:session-cannot-be-locked');
});

test('who waits gets the next session that has messages, in turn', () => {
  const queue = newQueue(new Clock(), PROPERTIES);
  const [first, second] = [inSession(queue, null), inSession(queue, null)];
  queue.send(inTurn('a', 'b'));
  assert.deepEqual([first.bodies, second.bodies], [['a0'], ['b1']]);
});

test('waiting ends at the time-out, or when it is cancelled', () => {
  const clock = new Clock();
  const queue = newQueue(clock, PROPERTIES);
  const [late, gone] = [inSession(queue, null), inSession(queue, null)];
  gone.cancel();
  clock.pass(1000);
  assert.equal(late.error.condition, 'com.microsoft:timeout');
  queue.send(inTurn('a'));
  assert.equal(gone.isAnswered, undefined);
  assert.deepEqual(inSession(queue, null).bodies, ['a0']);
});

test('a session lock ends five minutes after accept unless it is renewed', () => {
  const clock = new Clock();
  const queue = newQueue(clock, PROPERTIES);
  queue.send(inTurn('a'));
  const consumer = inSession(queue, 'a');
  clock.pass(5 * MINUTE_MS - 1);
  queue.sessions.renew(queue.sessions.held('a', consumer));
  clock.pass(5 * MINUTE_MS - 1);
  assert.equal(consumer.lost, null);
  clock.pass(1);
  assert.equal(consumer.lost.condition, 'com.microsoft:session-lock-lost');
  assert.throws(() => queue.settle(consumer.received[0].token, 'complete', { sessionId: 'a' }), {
    condition: 'com.microsoft:session-lock-lost',
  });
  assert.throws(() => queue.sessions.held('a', consumer));
  assert.equal(inSession(queue, 'a').received[0].message.deliveryCount, 1);
});

test('messages that come later are locked as long as their session', () => {
  const clock = new Clock();
  const queue = newQueue(clock, PROPERTIES);
  const consumer = inSession(queue, 'a');
  const until_ms = clock.now() + 5 * MINUTE_MS;
  clock.pass(MINUTE_MS);
  queue.send(inTurn('a'));
  assert.equal(consumer.received[0].until_ms, until_ms);
});

test('a holder that leaves gives back its session and counts a delivery', () => {
  const queue = newQueue(new Clock(), PROPERTIES);
  queue.send(inTurn('a', 'a', 'a'));
  const consumer = inSession(queue, 'a', 2);
  queue.settle(consumer.received[0].token, 'complete');
  queue.detach(consumer);
  const next = inSession(queue, null);
  assert.deepEqual(next.bodies, ['a1', 'a2']);
  assert.deepEqual(next.received.map((entry) => entry.message.deliveryCount), [1, 0]);
});

test('losing all locks tells every holder once', () => {
  const queue = newQueue(new Clock(), PROPERTIES);
  const consumers = [inSession(queue, 'a'), inSession(queue, 'b')];
  assert.equal(queue.loseSessionLocks(), 2);
  assert.ok(consumers.every(({ lost }) => lost !== null));
  consumers.forEach((consumer) => queue.detach(consumer));
  assert.equal(queue.stats.lock_lost, 2);
});

test('a holder that lost its session touches it no more, even when it was forgotten and opened again', () => {
  const queue = newQueue(new Clock(), PROPERTIES);
  const old = inSession(queue, 'a');
  queue.loseSessionLocks();
  const holder = inSession(queue, 'a');
  queue.wake(old);
  queue.detach(old);
  queue.send(inTurn('a'));
  assert.deepEqual([old.bodies, holder.bodies], [[], ['a0']]);
  assert.ok(queue.sessions.held('a', holder));
});

test('a session without messages, state and holder is forgotten', () => {
  const queue = newQueue(new Clock(), PROPERTIES);
  const consumer = inSession(queue, 'a');
  queue.detach(consumer);
  assert.equal(queue.sessions.find('a'), undefined);
});

test('sessions with a state are kept and listed by the time it changed', () => {
  const clock = new Clock();
  const queue = newQueue(clock, PROPERTIES);
  const consumer = inSession(queue, 'a');
  queue.sessions.setState(queue.sessions.held('a', consumer), Buffer.from('x'));
  queue.detach(consumer);
  queue.send(inTurn('b'));
  assert.deepEqual(queue.sessions.list(null), ['a', 'b']);
  assert.deepEqual(queue.sessions.list(clock.now() - 1), ['a']);
  assert.deepEqual(queue.sessions.list(clock.now()), []);
});

test('with the fault on, the next session may be any, and order within a session stays', () => {
  const clock = new Clock();
  clock.faults.reorderSessions = true;
  const queue = newQueue(clock, PROPERTIES);
  const ids = Array.from({ length: 20 }, (_, i) => `s${i}-`);
  queue.send(inTurn(...ids, ...ids));
  const taken = ids.map(() => inSession(queue, null));
  assert.notDeepEqual(taken.map(({ group }) => group.id), ids);
  assert.deepEqual(taken.map(({ group }) => group.id).sort(), [...ids].sort());
  taken.forEach(({ received: [first, second] }) => assert.ok(first.message.sequence < second.message.sequence));
});
