import { amqpError, answerAttach, settle } from './answers.mjs';
import { changesIn } from './changes.mjs';
import { CreditedLink } from './credited.mjs';
import { encodeMessage } from './codec.mjs';
import { tagOf } from './tokens.mjs';

const ENCODED = 0;
/** The filter by which a client asks for a session. */
export const SESSION_FILTER = 'com.microsoft:session-filter';
/** Where rhea's decoded outcomes keep what still has its types: fields of modified, rejected, and error. */
const [CHANGES, ERROR, INFO] = [2, 0, 2];
const REASONS = ['DeadLetterReason', 'DeadLetterErrorDescription'];
const TICKS_AT_EPOCH = 621_355_968_000_000_000n;

/** A receive link of a client, as a consumer of a queue (see broker/queue.mjs). */
export class Consumer {
  #rhea;
  #queue;
  #link = null;
  #credited = null;

  constructor(rhea, queue, owner, deletes) {
    this.#rhea = rhea;
    this.#queue = queue;
    this.owner = owner;
    this.deletes = deletes;
  }

  /** Answers the attach of the client and begins to deliver. */
  bind(link) {
    this.#link = link;
    this.#credited = new CreditedLink(link);
    this.#answer(link);
    link.on('sender_flow', () => this.#queue.wake(this));
    link.on('sender_draining', () => this.#credited.drain());
    link.on('accepted', ({ delivery }) => this.#settle(delivery, 'complete'));
    link.on('released', ({ delivery }) => this.#settle(delivery, 'release'));
    link.on('rejected', ({ delivery }) => this.#settle(delivery, 'deadLetter', this.#reasonOf(delivery)));
    link.on('modified', ({ delivery }) => this.#onModified(delivery));
    link.on('settled', ({ delivery }) => this.#settle(delivery, 'release'));
    link.on('sender_close', () => this.close());
  }

  /** Leaves the queue; done again it does nothing. */
  close() {
    this.#queue.detach(this);
  }

  credit() {
    return this.#credited?.credit() ?? 0;
  }

  deliver(message, lock) {
    const tag = lock ? tagOf(lock.token) : undefined;
    const delivery = this.#credited.send(encodeMessage(message, lock?.until_ms ?? null), tag, ENCODED);
    delivery.token = lock?.token;
  }

  onSessionLost(error) {
    this.#link.close(amqpError(error));
  }

  #answer(link) {
    const { group } = this;
    answerAttach(link, group.id === null ? undefined : this.#sessionFilter(link, group.id));
    if (group.id !== null) link.local.attach.properties = this.#sessionProperties(group);
  }

  /** The filter that names the session: bare, or described as the client described its own. */
  #sessionFilter({ source }, id) {
    const { types } = this.#rhea;
    const descriptor = source.filter?.[SESSION_FILTER]?.descriptor;
    return { [SESSION_FILTER]: descriptor ? types.described(descriptor, types.wrap_string(id)) : id };
  }

  #sessionProperties(group) {
    const ticks = Buffer.alloc(8);
    ticks.writeBigInt64BE(TICKS_AT_EPOCH + BigInt(group.lockedUntil_ms) * 10_000n);
    return { 'com.microsoft:locked-until-utc': this.#rhea.types.wrap_long(ticks) };
  }

  #onModified(delivery) {
    const { undeliverable_here, value } = delivery.remote_state;
    const changes = changesIn(this.#rhea.types, value[CHANGES]);
    this.#settle(delivery, undeliverable_here ? 'defer' : 'abandon', { changes });
  }

  /** Why a client rejected a delivery, and what else it says about it. */
  #reasonOf({ remote_state: { error, value } }) {
    const changes = changesIn(this.#rhea.types, value[ERROR]?.value?.[INFO]);
    const info = error?.info ?? {};
    REASONS.forEach((name) => changes.delete(name));
    return {
      reason: info.DeadLetterReason ?? undefined,
      description: info.DeadLetterErrorDescription ?? error?.description ?? undefined,
      changes,
    };
  }

  #settle(delivery, outcome, details = {}) {
    const { token } = delivery;
    if (token === undefined) return;
    delivery.token = undefined;
    settle(delivery, this.#answerTo(delivery, token, outcome, details));
  }

  /** The outcome that the client is told: its own, or rejected with the reason why not. */
  #answerTo(delivery, token, outcome, details) {
    try {
      this.#queue.settle(token, outcome, { ...details, sessionId: this.sessionId });
      return this.#echo(delivery.remote_state, outcome);
    } catch (error) {
      if (error.condition === undefined) throw error;
      return this.#rhea.message.rejected({ error: amqpError(error) }).described();
    }
  }

  #echo(state, outcome) {
    const { message } = this.#rhea;
    if (outcome === 'deadLetter') return message.rejected({}).described();
    return state ? state.described() : message.released().described();
  }
}
