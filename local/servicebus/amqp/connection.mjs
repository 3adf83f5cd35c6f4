import { BrokerError, notAllowed } from '../broker/errors.mjs';
import { amqpError } from './answers.mjs';
import { Consumer, SESSION_FILTER } from './consumer.mjs';
import { MAX_MESSAGE_BYTES, Producer } from './producer.mjs';
import { ReplyLink, bindRequests } from './requests.mjs';
import { parseAddress } from './address.mjs';

const TIMEOUT = 'com.microsoft:timeout';
const DEFAULT_TIMEOUT_MS = 60_000;
const SETTLED = 1;
const RAW_FORMAT = 0xffffffff;
const OPTIONS = {
  max_frame_size: 1024 * 1024,
  session_buffer_size: { incoming: 2048, outgoing: 65_536 },
  receiver_options: { autoaccept: false, credit_window: 1000, max_message_size: MAX_MESSAGE_BYTES },
  sender_options: {
    autosettle: false,
    treat_modified_as_released: false,
    max_message_size: MAX_MESSAGE_BYTES,
  },
};

/** One client connection: decides what each of its links is for. */
export class ClientConnection {
  #rhea;
  #namespace;
  #management;
  #connection;
  #consumers = new Map();
  #replies = [];
  #attaching = new Map();
  #session = null;

  /** @param management (request, entity, owner) => answer, see management.mjs */
  constructor({ rhea, container, namespace, management }, socket) {
    this.#rhea = rhea;
    this.#namespace = namespace;
    this.#management = management;
    this.#connection = container.create_connection(OPTIONS);
    this.#intercept(this.#connection);
    this.#connection.on('receiver_open', ({ receiver }) => this.#onClientSends(receiver));
    this.#connection.on('sender_open', ({ sender }) => this.#onClientReceives(sender));
    this.#connection.on('session_close', ({ session }) => this.#leave((link) => link.session === session));
    this.#connection.on('connection_close', () => this.close());
    this.#connection.accept(socket);
    socket.on('close', () => this.#onSocketClosed());
  }

  /** Releases everything the connection holds in queues. */
  close() {
    this.#leave(() => true);
    this.#attaching.forEach(({ cancel }) => cancel());
    this.#attaching.clear();
  }

  #onSocketClosed() {
    this.close();
    this.#connection.eof();
  }

  #leave(isOver) {
    for (const [link, consumer] of this.#consumers) {
      if (!isOver(link)) continue;
      this.#consumers.delete(link);
      consumer.close();
    }
    this.#replies = this.#replies.filter(({ link }) => !isOver(link));
  }

  /**
   * Takes three frames before rhea does. Transfers: rhea decodes messages of format 0 and drops their
   * encoding, which a broker must keep. Attaches of session receivers: their answer may have to wait
   * until a session is available; and the detach of a client that waits no longer.
   */
  #intercept(connection) {
    const { on_transfer: transfer, on_attach: attach, on_detach: detach } = connection;
    connection.on_transfer = (frame) => {
      if (frame.performative.message_format === 0) frame.performative.message_format = RAW_FORMAT;
      transfer.call(connection, frame);
    };
    connection.on_attach = (frame) => this.#beforeAttach(frame, () => attach.call(connection, frame));
    connection.on_detach = (frame) => {
      this.#beforeDetach(keyOf(frame));
      detach.call(connection, frame);
    };
  }

  #beforeAttach(frame, attach) {
    const request = this.#sessionRequest(frame.performative);
    if (!request) attach();
    else this.#acceptSession(request, keyOf(frame), attach);
  }

  /** What a session receiver asks for, or null: { address, id (null: the next), timeout_ms, deletes }. */
  #sessionRequest({ role, source, properties, snd_settle_mode }) {
    const unwrap = (field) => this.#rhea.types.unwrap(source?.value[field]);
    const filter = role ? unwrap(7) : undefined;
    if (!filter || !(SESSION_FILTER in filter)) return null;
    return {
      address: unwrap(0),
      id: sessionIn(filter[SESSION_FILTER]),
      timeout_ms: properties?.[TIMEOUT] ?? DEFAULT_TIMEOUT_MS,
      deletes: snd_settle_mode === SETTLED,
    };
  }

  #acceptSession({ address, id, timeout_ms, deletes }, key, attach) {
    const finish = (error, consumer) => {
      this.#attaching.delete(key);
      this.#session = { error, consumer };
      attach();
    };
    this.#refusing(
      (error) => finish(error),
      () => {
        const queue = this.#sessionQueue(address);
        const consumer = new Consumer(this.#rhea, queue, this, deletes);
        let isDone = false;
        const cancel = queue.acceptSession(id, consumer, timeout_ms, (error) => {
          isDone = true;
          finish(error, consumer);
        });
        if (!isDone) this.#attaching.set(key, { cancel, giveUp: () => finish(null, null) });
      },
    );
  }

  #sessionQueue(address) {
    const queue = this.#namespace.find(parseAddress(address).entity);
    if (queue.settings.requiresSession) return queue;
    throw notAllowed(`A session receiver cannot be created on '${queue.name}': it does not use sessions.`);
  }

  #beforeDetach(key) {
    const waiting = this.#attaching.get(key);
    if (!waiting) return;
    waiting.cancel();
    waiting.giveUp();
  }

  #onClientReceives(link) {
    const session = this.#session;
    this.#session = null;
    const address = parseAddress(link.source?.address);
    const refuse = (error) => this.#refuse(link, error);
    if (session) this.#refusing(refuse, () => this.#bindSession(link, session));
    else if (address.isTokens || address.isManagement) this.#bindReply(link);
    else this.#refusing(refuse, () => this.#bindConsumer(link, address));
  }

  #bindSession(link, { error, consumer }) {
    if (error) throw error;
    if (consumer) this.#consume(link, consumer);
  }

  #bindConsumer(link, { entity }) {
    const queue = this.#namespace.find(entity);
    if (queue.settings.requiresSession) {
      throw notAllowed(`Queue '${queue.name}' requires sessions: only a session receiver can be created on it.`);
    }
    const consumer = new Consumer(this.#rhea, queue, this, link.snd_settle_mode === SETTLED);
    queue.attach(consumer);
    this.#consume(link, consumer);
  }

  #consume(link, consumer) {
    this.#consumers.set(link, consumer);
    link.on('sender_close', () => this.#consumers.delete(link));
    consumer.bind(link);
  }

  #bindReply(link) {
    this.#replies.push(new ReplyLink(link));
    link.on('sender_close', () => this.#leave((other) => other === link));
  }

  #onClientSends(link) {
    const address = parseAddress(link.target?.address);
    const refuse = (error) => this.#refuse(link, error);
    if (address.isTokens) this.#bindRequests(link, () => tokenAccepted(this.#rhea.types));
    else if (address.isManagement) this.#bindRequests(link, (request) => this.#manage(request, address.entity));
    else this.#refusing(refuse, () => this.#bindProducer(link, address));
  }

  #bindProducer(link, { entity }) {
    const queue = this.#namespace.find(entity);
    if (!queue.deadLetters) throw notAllowed(`Nothing can be sent to '${queue.name}'.`);
    new Producer(this.#rhea, queue).bind(link);
  }

  #bindRequests(link, answer) {
    bindRequests(this.#rhea, link, answer, (request) => this.#findReply(link, request));
  }

  #findReply({ session, target }, { reply_to }) {
    const serving = this.#replies.filter((reply) => reply.serves(session, target.address));
    return serving.find(({ link }) => link.target?.address === reply_to) ?? serving[0];
  }

  #manage(request, entity) {
    return this.#management(request, entity, this);
  }

  #refusing(refuse, action) {
    try {
      action();
    } catch (error) {
      if (!(error instanceof BrokerError)) throw error;
      refuse(error);
    }
  }

  #refuse(link, error) {
    link.close(amqpError(error));
  }
}

/** The id in a session filter, null for the next session: written bare, or as a described value. */
const sessionIn = (filter) => (filter !== null && typeof filter === 'object' ? filter.value : filter);

const keyOf = ({ channel, performative }) => `${channel}:${performative.handle}`;

const tokenAccepted = (types) => ({
  application_properties: { 'status-code': types.wrap_int(202), 'status-description': 'Accepted' },
});
