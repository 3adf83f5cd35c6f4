/**
 * Microsoft's JavaScript SDK against the emulator: one JSON line a check, { check, right, detail }.
 *
 * node judge.mjs CONNECTION_STRING CONTROL_URL NODE_MODULES
 *
 * The queues are those of tests/integration/local/servicebus_emulator.py; they are emptied before each check.
 */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const [connectionString, controlUrl, modules] = process.argv.slice(2);
const { ServiceBusClient } = createRequire(import.meta.url)(join(resolve(modules), '@azure', 'service-bus'));

const WAIT = { maxWaitTimeInMs: 30_000 };
const NO_RENEWAL = { maxAutoLockRenewalDurationInMs: 0 };
const LATER = new Date(Date.now() + 3_600_000);
const client = new ServiceBusClient(connectionString, { retryOptions: { maxRetries: 0, timeoutInMs: 30_000 } });
const CHANGES = { text: 'changed', count: 7, share: 0.25, yes: true, at: new Date(1_700_000_000_000) };

/** Sends messages, and gives a receiver of their queue to the check. */
async function withMessages(queue, messages, check) {
  await send(queue, messages);
  await withReceiver(client.createReceiver(queue), check);
}

async function withReceiver(receiver, check) {
  try {
    return await check(receiver);
  } finally {
    await receiver.close();
  }
}

async function send(queue, messages) {
  const sender = client.createSender(queue);
  await sender.sendMessages(messages);
  await sender.close();
}

async function one(receiver) {
  const [message] = await receiver.receiveMessages(1, WAIT);
  assert.ok(message, 'no message came');
  return message;
}

async function refused(action) {
  try {
    await action();
  } catch (error) {
    return error;
  }
  throw new Error('it was not refused');
}

const numberOf = (message) => Number(message.sequenceNumber);

function assertChanged({ applicationProperties: given }) {
  const { at, ...others } = CHANGES;
  for (const [name, value] of Object.entries(others)) assert.equal(given[name], value, name);
  assert.equal(Number(given.at), Number(at)); // some ways lead through a Date, some through its milliseconds
  assert.equal(given.kept, 'k');
}

const deadLetters = (queue) => client.createReceiver(queue, { subQueueType: 'deadLetter' });
const changeable = { body: 'a', applicationProperties: { kept: 'k', text: 'old' } };

const checks = {
  async 'a message arrives as it was sent'() {
    const sent = {
      body: { task: 1, words: ['ä', 'b'] }, messageId: 'id-1', subject: 's', correlationId: 'c', contentType: 'application/json',
      to: 't', replyTo: 'r', timeToLive: 60_000, applicationProperties: { n: 1, f: 0.5, yes: true, text: 'x' },
    };
    await withMessages('plain', sent, async (receiver) => {
      const message = await one(receiver);
      for (const [name, value] of Object.entries(sent)) assert.deepEqual(message[name], value, name);
      assert.equal(message.deliveryCount, 0);
      assert.ok(message.lockedUntilUtc > new Date());
      assert.ok(Math.abs(message.enqueuedTimeUtc - Date.now()) < 300_000);
      await receiver.completeMessage(message);
    });
  },
  async 'a message without an id gets one'() {
    await withMessages('plain', { body: 'a' }, async (receiver) => {
      const message = await one(receiver);
      assert.ok(message.messageId.length > 0);
      await receiver.completeMessage(message);
    });
  },
  async 'a batch keeps its order'() {
    const sender = client.createSender('plain');
    const batch = await sender.createMessageBatch();
    for (let i = 0; i < 20; i += 1) assert.ok(batch.tryAddMessage({ body: i }));
    await sender.sendMessages(batch);
    await sender.close();
    await withReceiver(client.createReceiver('plain'), async (receiver) => {
      const bodies = [];
      while (bodies.length < 20) {
        const messages = await receiver.receiveMessages(20, WAIT);
        bodies.push(...messages.map(({ body }) => body));
        await Promise.all(messages.map((message) => receiver.completeMessage(message)));
      }
      assert.deepEqual(bodies, Array.from({ length: 20 }, (_, i) => i));
    });
  },
  async 'receive and delete'() {
    await send('plain', [{ body: 'a' }, { body: 'b' }]);
    await withReceiver(client.createReceiver('plain', { receiveMode: 'receiveAndDelete' }), async (receiver) => {
      assert.equal((await one(receiver)).body, 'a');
      assert.equal((await one(receiver)).body, 'b');
      assert.deepEqual(await receiver.peekMessages(1), []);
    });
  },
  async 'a subscription gets what comes and completes it'() {
    await send('plain', [{ body: 'a' }, { body: 'b' }]);
    await withReceiver(client.createReceiver('plain'), async (receiver) => {
      const seen = await new Promise((done, fail) => {
        const bodies = [];
        const processMessage = async ({ body }) => bodies.push(body) === 2 && done(bodies);
        receiver.subscribe({ processMessage, processError: async ({ error }) => fail(error) });
      });
      assert.deepEqual(seen, ['a', 'b']);
    });
    await withReceiver(client.createReceiver('plain'), async (receiver) => {
      assert.deepEqual(await receiver.peekMessages(1), []);
    });
  },
  async 'peeking goes on by number and locks nothing'() {
    await withMessages('plain', [{ body: 'a' }, { body: 'b' }], async (receiver) => {
      assert.deepEqual((await receiver.peekMessages(1)).map(({ body }) => body), ['a']);
      assert.deepEqual((await receiver.peekMessages(5)).map(({ body }) => body), ['b']);
      assert.deepEqual(await receiver.peekMessages(5), []);
      for (const wanted of ['a', 'b']) {
        const message = await one(receiver);
        assert.deepEqual([message.body, message.deliveryCount, message.state], [wanted, 0, 'active']);
        await receiver.completeMessage(message);
      }
    });
  },
  async 'abandoning keeps the properties to modify'() {
    await withMessages('plain', changeable, async (receiver) => {
      await receiver.abandonMessage(await one(receiver), CHANGES);
      const again = await one(receiver);
      assert.equal(again.deliveryCount, 1);
      assertChanged(again);
      await receiver.completeMessage(again);
    });
  },
  async 'deferring keeps the properties to modify'() {
    await withMessages('plain', changeable, async (receiver) => {
      const message = await one(receiver);
      await receiver.deferMessage(message, CHANGES);
      const [peeked] = await receiver.peekMessages(1);
      assert.equal(peeked.state, 'deferred');
      const [deferred] = await receiver.receiveDeferredMessages(message.sequenceNumber);
      assertChanged(deferred);
      await receiver.completeMessage(deferred);
      assert.deepEqual(await receiver.peekMessages(1, { fromSequenceNumber: message.sequenceNumber }), []);
    });
  },
  async 'a deferred message is abandoned, renewed and dead-lettered by request'() {
    await withMessages('plain', changeable, async (receiver) => {
      const message = await one(receiver);
      await receiver.deferMessage(message);
      const [first] = await receiver.receiveDeferredMessages(message.sequenceNumber);
      await receiver.abandonMessage(first, CHANGES);
      const [second] = await receiver.receiveDeferredMessages(message.sequenceNumber);
      assertChanged(second);
      assert.ok((await receiver.renewMessageLock(second)) >= first.lockedUntilUtc);
      await receiver.deadLetterMessage(second, { deadLetterReason: 'poison', deadLetterErrorDescription: 'bad' });
    });
    await withReceiver(deadLetters('plain'), async (receiver) => {
      const letter = await one(receiver);
      assert.deepEqual([letter.deadLetterReason, letter.deadLetterErrorDescription], ['poison', 'bad']);
      assertChanged(letter);
      await receiver.completeMessage(letter);
    });
  },
  async 'dead-lettering keeps reason, description and properties'() {
    await withMessages('plain', changeable, async (receiver) => {
      const details = { deadLetterReason: 'unreadable', deadLetterErrorDescription: 'no JSON', ...CHANGES };
      await receiver.deadLetterMessage(await one(receiver), details);
    });
    await withReceiver(deadLetters('plain'), async (receiver) => {
      const letter = await one(receiver);
      assert.deepEqual([letter.deadLetterReason, letter.deadLetterErrorDescription], ['unreadable', 'no JSON']);
      assertChanged(letter);
      await receiver.completeMessage(letter);
    });
  },
  async 'a scheduled message waits, and can be taken back once'() {
    const sender = client.createSender('plain');
    const numbers = await sender.scheduleMessages([{ body: 'a' }, { body: 'b' }], LATER);
    assert.equal(numbers.length, 2);
    await withReceiver(client.createReceiver('plain'), async (receiver) => {
      const [peeked] = await receiver.peekMessages(1, { fromSequenceNumber: numbers[0] });
      assert.deepEqual([peeked.state, peeked.scheduledEnqueueTimeUtc], ['scheduled', LATER]);
      await sender.cancelScheduledMessages(numbers);
      assert.deepEqual(await receiver.peekMessages(1, { fromSequenceNumber: numbers[0] }), []);
    });
    assert.equal((await refused(() => sender.cancelScheduledMessages(numbers))).code, 'MessageNotFound');
    await sender.close();
  },
  async 'a scheduled message comes when it is due'() {
    const sender = client.createSender('plain');
    const due = new Date(Date.now() + 1500);
    await sender.scheduleMessages({ body: 'due' }, due);
    await sender.close();
    await withReceiver(client.createReceiver('plain'), async (receiver) => {
      const message = await one(receiver);
      assert.ok(message.enqueuedTimeUtc >= new Date(due - 2));
      await receiver.completeMessage(message);
    });
  },
  async 'renewing a lock moves its end'() {
    await withMessages('plain', { body: 'a' }, async (receiver) => {
      const message = await one(receiver);
      const first = message.lockedUntilUtc;
      const renewed = await receiver.renewMessageLock(message);
      assert.ok(renewed > first);
      assert.deepEqual(message.lockedUntilUtc, renewed);
      await receiver.completeMessage(message);
    });
  },
  async 'a message id seen before is dropped'() {
    await send('unique', [{ body: 'a', messageId: '1' }]);
    await send('unique', [{ body: 'again', messageId: '1' }]);
    await withReceiver(client.createReceiver('unique'), async (receiver) => {
      const message = await one(receiver);
      assert.equal(message.body, 'a');
      assert.deepEqual(await receiver.peekMessages(5, { fromSequenceNumber: message.sequenceNumber.add(1) }), []);
      await receiver.completeMessage(message);
    });
  },
  async 'too many deliveries make a dead letter'() {
    await withMessages('fragile', { body: 'a' }, async (receiver) => {
      for (let i = 0; i < 2; i += 1) await receiver.abandonMessage(await one(receiver));
    });
    await withReceiver(deadLetters('fragile'), async (receiver) => {
      const letter = await one(receiver);
      assert.equal(letter.deadLetterReason, 'MaxDeliveryCountExceeded');
      await receiver.completeMessage(letter);
    });
  },
  async 'a session has its own messages, in order'() {
    await send('sessions', ['1', '2'].map((body) => ({ body, sessionId: 'a' })));
    await send('sessions', { body: '3', sessionId: 'b' });
    await withReceiver(await client.acceptSession('sessions', 'b'), async (receiver) => {
      await receiver.completeMessage(await one(receiver));
    });
    await withReceiver(await client.acceptNextSession('sessions'), async (receiver) => {
      assert.equal(receiver.sessionId, 'a');
      assert.ok(receiver.sessionLockedUntilUtc > new Date());
      assert.deepEqual((await receiver.peekMessages(5)).map(({ body }) => body), ['1', '2']);
      for (const wanted of ['1', '2']) {
        const message = await one(receiver);
        assert.deepEqual([message.body, message.sessionId], [wanted, 'a']);
        await receiver.completeMessage(message);
      }
    });
  },
  async 'a session lock is renewed'() {
    await withReceiver(await client.acceptSession('sessions', 'renewed'), async (receiver) => {
      const first = receiver.sessionLockedUntilUtc;
      const renewed = await receiver.renewSessionLock();
      assert.ok(renewed > first);
      assert.deepEqual(receiver.sessionLockedUntilUtc, renewed);
    });
  },
  async 'a session keeps its state'() {
    await withReceiver(await client.acceptSession('sessions', 'stateful'), async (receiver) => {
      assert.equal(await receiver.getSessionState(), null);
      await receiver.setSessionState({ half: 'way' });
    });
    await withReceiver(await client.acceptSession('sessions', 'stateful'), async (receiver) => {
      assert.deepEqual(await receiver.getSessionState(), { half: 'way' });
      await receiver.setSessionState(null);
      assert.equal(await receiver.getSessionState(), null);
    });
  },
  async 'a deferred message of a session comes by number'() {
    await send('sessions', { ...changeable, sessionId: 'deferring' });
    await withReceiver(await client.acceptSession('sessions', 'deferring'), async (receiver) => {
      const message = await one(receiver);
      await receiver.deferMessage(message, CHANGES);
      const [deferred] = await receiver.receiveDeferredMessages(message.sequenceNumber);
      assertChanged(deferred);
      await receiver.completeMessage(deferred);
    });
  },
  async 'a message without a session id is refused as an invalid operation'() {
    const sender = client.createSender('sessions');
    for (const action of [() => sender.sendMessages({ body: 'a' }), () => sender.scheduleMessages({ body: 'a' }, LATER)]) {
      const error = await refused(action);
      // This SDK has no code for it: it writes the name of amqp:not-allowed in front of the text.
      assert.match(error.message, /^InvalidOperationError: The SessionId was not set/);
      assert.equal(error.retryable, false);
    }
    await sender.close();
  },
  async 'each send of a moment is told its own outcome'() {
    const sender = client.createSender('sessions');
    await sender.sendMessages({ body: 'opens the link', sessionId: 'mixed' });
    const ids = ['mixed', undefined, 'mixed', undefined];
    const told = await Promise.allSettled(ids.map((sessionId) => sender.sendMessages({ body: 'a', sessionId })));
    await sender.close();
    assert.deepEqual(told.map(({ status }) => status), ['fulfilled', 'rejected', 'fulfilled', 'rejected']);
    await withReceiver(await client.acceptSession('sessions', 'mixed'), async (receiver) => {
      for (let i = 0; i < 3; i += 1) await receiver.completeMessage(await one(receiver));
    });
  },
  async 'a lost lock is told when settling'() {
    await send('brief-lock', { body: 'a' });
    await withReceiver(client.createReceiver('brief-lock', NO_RENEWAL), async (receiver) => {
      const message = await one(receiver);
      const again = await one(receiver);
      assert.equal(again.deliveryCount, 1);
      const error = await refused(() => receiver.completeMessage(message));
      assert.equal(error.code, 'MessageLockLost');
      await receiver.completeMessage(again).catch(() => {});
    });
  },
  async 'a lost session is told when renewing'() {
    await withReceiver(await client.acceptSession('brief-sessions', 'lost', NO_RENEWAL), async (receiver) => {
      const ended = async () => {
        while (receiver.sessionLockedUntilUtc > new Date()) await receiver.getSessionState();
        return receiver.renewSessionLock();
      };
      assert.equal((await refused(ended)).code, 'SessionLockLost');
    });
  },
  async 'a session held elsewhere cannot be locked'() {
    await withReceiver(await client.acceptSession('sessions', 'held'), async () => {
      assert.equal((await refused(() => client.acceptSession('sessions', 'held'))).code, 'SessionCannotBeLocked');
    });
  },
  async 'a queue that is not there is named'() {
    const sender = client.createSender('nowhere');
    const error = await refused(() => sender.sendMessages({ body: 'a' }));
    assert.equal(error.code, 'MessagingEntityNotFound');
    assert.match(error.message, /nowhere/);
    await sender.close();
  },
  async 'a message that is too large is refused'() {
    const sender = client.createSender('plain');
    const error = await refused(() => sender.sendMessages({ body: 'x'.repeat(300 * 1024) }));
    assert.equal(error.code, 'MessageSizeExceeded');
    await sender.close();
  },
  async 'a receiver without a session is refused where sessions are required'() {
    const receiver = client.createReceiver('sessions');
    const error = await refused(() => receiver.receiveMessages(1, WAIT));
    assert.match(error.message, /^InvalidOperationError/);
    await receiver.close();
  },
  async 'sequence numbers grow'() {
    await withMessages('plain', [{ body: 'a' }, { body: 'b' }], async (receiver) => {
      const first = await one(receiver);
      await receiver.completeMessage(first);
      const second = await one(receiver);
      await receiver.completeMessage(second);
      assert.ok(numberOf(second) > numberOf(first));
    });
  },
};

async function judge() {
  for (const [check, run] of Object.entries(checks)) {
    await fetch(`${controlUrl}/purge`, { method: 'POST' });
    const detail = await run().then(() => '', (error) => `${error.name}: ${error.message}`);
    process.stdout.write(`${JSON.stringify({ check, right: detail === '', detail })}\n`);
  }
  await client.close();
}

await judge();
