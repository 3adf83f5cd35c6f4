import { CreditedLink } from './credited.mjs';
import { amqpError } from './refusal.mjs';
import { encodeMessage } from './codec.mjs';
import { tagOf } from './tokens.mjs';

const ENCODED = 0;
const TICKS_AT_EPOCH = 621_355_968_000_000_000n;
const SETTLED = 1;

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
    link.on('rejected', ({ delivery }) => this.#settle(delivery, 'deadLetter', reasonOf(delivery)));
    link.on('modified', ({ delivery }) => this.#settle(delivery, modification(delivery)));
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
    const { source, target, snd_settle_mode, rcv_settle_mode } = link;
    const { group } = this;
    link.set_source({ address: source.address, filter: group.id === null ? undefined : sessionFilter(group.id) });
    link.set_target({ address: target?.address });
    link.local.attach.snd_settle_mode = this.deletes ? SETTLED : snd_settle_mode;
    link.local.attach.rcv_settle_mode = rcv_settle_mode;
    if (group.id !== null) link.local.attach.properties = this.#sessionProperties(group);
  }

  #sessionProperties(group) {
    const ticks = Buffer.alloc(8);
    ticks.writeBigInt64BE(TICKS_AT_EPOCH + BigInt(group.lockedUntil_ms) * 10_000n);
    return { 'com.microsoft:locked-until-utc': this.#rhea.types.wrap_long(ticks) };
  }

  #settle(delivery, outcome, details = {}) {
    const { token } = delivery;
    if (token === undefined) return;
    delivery.token = undefined;
    delivery.update(true, this.#answerTo(delivery, token, outcome, details));
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

const sessionFilter = (id) => ({ 'com.microsoft:session-filter': id });

function reasonOf({ remote_state: { error } }) {
  const info = error?.info ?? {};
  return {
    reason: info.DeadLetterReason ?? undefined,
    description: info.DeadLetterErrorDescription ?? error?.description ?? undefined,
  };
}

const modification = ({ remote_state: state }) => (state.undeliverable_here ? 'defer' : 'abandon');
