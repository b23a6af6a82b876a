// The browser client of kalamsql: SQL and live queries over one WebSocket.
// No dependencies; see README.md beside this file for how to use it, and
// docs/websocket.md for the protocol.

/** An error of the server's, or of the connection (codes 08000 and 08006). */
export class KalamError extends Error {
  constructor({ code, message, detail, hint, position }) {
    super(message);
    this.name = "KalamError";
    this.code = code;
    this.detail = detail ?? null;
    this.hint = hint ?? null;
    this.position = position ?? null;
  }
}

const OPEN = 1; // WebSocket.readyState

const defaults = {
  heartbeat: 15, // seconds between signs of life asked of the server
  backoff: { first: 250, most: 15000 }, // milliseconds between attempts to reconnect
  timers: { setTimeout: (f, ms) => setTimeout(f, ms), clearTimeout: (t) => clearTimeout(t), random: Math.random },
};

/**
 * KalamSQL is a connection that comes back by itself: after an interruption
 * every subscription goes on from its newest cursor.
 */
export class KalamSQL {
  #url;
  #options;
  #socket = null;
  #state = "closed"; // closed, connecting, open, waiting (to reconnect)
  #opened = null; // settles when the connection is first open or refused
  #attempts = 0;
  #retry = null;
  #watchdog = null;
  #heard = false;
  #silent = 0;
  #queries = new Map();
  #subscriptions = new Map();
  #channels = new Map();
  #serial = 0;

  constructor(url, options = {}) {
    this.#url = url;
    this.#options = { ...defaults, ...options };
    this.user = null;
    this.role = null;
  }

  /** One of closed, connecting, open, waiting. */
  get state() {
    return this.#state;
  }

  /** Connects and authenticates. The promise is refused when the server refuses the credentials. */
  connect() {
    if (this.#opened) return this.#opened.promise;
    this.#opened = deferred();
    this.#open();
    return this.#opened.promise;
  }

  /** Ends the connection and everything on it. */
  close() {
    this.#settle("closed");
    const gone = new KalamError({ code: "08003", message: "the connection was closed" });
    this.#failQueries(gone);
    for (const s of [...this.#subscriptions.values()]) this.#end(s, { reason: "closed", code: gone.code, message: gone.message, cursor: s.cursor });
    this.#channels.clear();
    this.#drop();
    this.#opened?.reject(gone);
    this.#opened = null;
  }

  /**
   * Runs SQL with parameters $1, $2, ... and gives {command, columns, rows, cursor}.
   * When the connection breaks before the answer, nobody knows whether the
   * statement ran: the promise is refused with 08006 and nothing is repeated.
   */
  query(sql, params = []) {
    return this.#request({ type: "execute", sql, params });
  }

  /**
   * Watches a SELECT. Options: params, snapshot (true), lastRows, batchSize,
   * from, slow ("close" or "coalesce"), and the callbacks onSnapshot(rows),
   * onChanges({changes, cursor, coalesced}), onState(state), onEnd(end),
   * onError(error).
   */
  subscribe(sql, options = {}) {
    const s = new Subscription(this, "s" + ++this.#serial, sql, options, (sub) => this.#unsubscribe(sub), (sub) => this.#begin(sub));
    this.#begin(s);
    return s;
  }

  /** Calls back for every NOTIFY on a channel; gives a function that stops it. */
  listen(channel, callback) {
    let callbacks = this.#channels.get(channel);
    if (!callbacks) {
      this.#channels.set(channel, (callbacks = new Set()));
      this.#say({ type: "listen", channel });
    }
    callbacks.add(callback);
    return () => {
      callbacks.delete(callback);
      if (callbacks.size === 0 && this.#channels.get(channel) === callbacks) {
        this.#channels.delete(channel);
        this.#say({ type: "unlisten", channel });
      }
    };
  }

  // The connection.

  #settle(state) {
    if (this.#state === state) return;
    this.#state = state;
    this.#options.onState?.(state);
  }

  #open() {
    this.#settle("connecting");
    const Socket = this.#options.WebSocket ?? globalThis.WebSocket;
    const socket = new Socket(this.#url, "kalamsql.v1");
    this.#socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ type: "authenticate", ...this.#credentials() }));
    socket.onmessage = (e) => socket === this.#socket && this.#receive(JSON.parse(e.data));
    socket.onclose = () => socket === this.#socket && this.#lost();
    socket.onerror = () => {}; // onclose follows
    this.#watch();
  }

  #credentials() {
    const { token, user, password, database } = this.#options;
    if (token !== undefined) return { method: "jwt", token: typeof token === "function" ? token() : token, database };
    if (password !== undefined) return { method: "password", user, password, database };
    return { method: "trust", user: user ?? "postgres", database };
  }

  /** Looks for signs of life; after three silent spans the connection is dead. */
  #watch() {
    const { timers, heartbeat } = this.#options;
    timers.clearTimeout(this.#watchdog);
    this.#heard = true;
    this.#silent = 0;
    const look = () => {
      this.#silent = this.#heard ? 0 : this.#silent + 1;
      this.#heard = false;
      if (this.#silent >= 3) {
        const socket = this.#socket;
        this.#lost();
        socket?.close();
        return;
      }
      if (this.#silent > 0) this.#say({ type: "ping" });
      this.#watchdog = timers.setTimeout(look, heartbeat * 1000);
    };
    this.#watchdog = timers.setTimeout(look, heartbeat * 1000);
  }

  #lost() {
    this.#drop();
    this.#failQueries(new KalamError({ code: "08006", message: "the connection was lost before the answer came" }));
    for (const s of this.#subscriptions.values()) s._interrupted();
    if (this.#state === "closed") return;
    this.#settle("waiting");
    // Full jitter, so that clients do not come back all at once.
    const { timers, backoff } = this.#options;
    const longest = Math.min(backoff.most, backoff.first * 2 ** this.#attempts++);
    this.#retry = timers.setTimeout(() => this.#open(), timers.random() * longest);
  }

  /** Lets go of the socket and its timers. */
  #drop() {
    const { timers } = this.#options;
    timers.clearTimeout(this.#watchdog);
    timers.clearTimeout(this.#retry);
    const socket = this.#socket;
    this.#socket = null;
    if (socket && socket.readyState <= OPEN) socket.close();
  }

  #say(message) {
    if (this.#state === "open" && this.#socket?.readyState === OPEN) this.#socket.send(JSON.stringify(message));
  }

  #failQueries(error) {
    const waiting = [...this.#queries.values()];
    this.#queries.clear();
    for (const q of waiting) q.reject(error);
  }

  async #request(message) {
    await this.connect();
    if (this.#state !== "open") throw new KalamError({ code: "08006", message: "there is no connection at the moment" });
    const answer = deferred();
    const id = "r" + ++this.#serial;
    this.#queries.set(id, answer);
    this.#say({ ...message, id });
    return answer.promise;
  }

  // Messages.

  #receive(m) {
    this.#heard = true;
    switch (m.type) {
      case "auth_success":
        this.user = m.user;
        this.role = m.role;
        this.#attempts = 0;
        this.#settle("open");
        for (const channel of this.#channels.keys()) this.#say({ type: "listen", channel });
        for (const s of this.#subscriptions.values()) this.#say(s._request(this.#options.heartbeat));
        this.#opened?.resolve(this);
        return;
      case "auth_error":
        return this.#refused(new KalamError(m));
      case "subscription_ack":
        return this.#subscriptions.get(m.subscription_id)?._acknowledged(m);
      case "initial_data_batch":
        return this.#subscriptions.get(m.subscription_id)?._batch(m);
      case "changes": {
        // One commit: every subscription moves before anybody is told.
        const moved = m.subscriptions.map((part) => [this.#subscriptions.get(part.subscription_id), part]).filter(([s]) => s);
        for (const [s, part] of moved) s._apply(part, m.cursor);
        for (const [s, part] of moved) s._tell(part, m.cursor);
        this.#options.onCommit?.({ cursor: m.cursor, subscriptions: moved.map(([s]) => s) });
        return;
      }
      case "heartbeat":
        for (const s of this.#subscriptions.values()) s._heartbeat(m.cursor);
        return;
      case "subscription_end": {
        const s = this.#subscriptions.get(m.subscription_id);
        if (!s) return;
        if (m.cursor) s.cursor = m.cursor;
        // The server goes away and comes back; so do we.
        if (m.reason === "server_shutdown") return s._interrupted();
        return this.#end(s, { reason: m.reason, code: m.code, message: m.message, cursor: s.cursor });
      }
      case "result": {
        const q = this.#queries.get(m.id);
        this.#queries.delete(m.id);
        return q?.resolve({ command: m.command, columns: m.columns ?? [], rows: m.rows ?? [], results: m.results, cursor: m.cursor });
      }
      case "notification":
        for (const callback of [...(this.#channels.get(m.channel) ?? [])]) callback(m.payload, m.channel);
        return;
      case "error":
        return this.#failed(m);
    }
  }

  #failed(m) {
    const error = new KalamError(m);
    const q = this.#queries.get(m.id);
    if (q) {
      this.#queries.delete(m.id);
      return q.reject(error);
    }
    const s = this.#subscriptions.get(m.subscription_id);
    if (s) {
      s._failed(error);
      return this.#end(s, { reason: "error", code: m.code, message: m.message, cursor: null, error });
    }
    this.#options.onError?.(error);
  }

  /** The credentials are no good (any more): trying again would not help. */
  #refused(error) {
    this.#settle("closed");
    this.#failQueries(error);
    for (const s of [...this.#subscriptions.values()]) this.#end(s, { reason: "refused", code: error.code, message: error.message, cursor: s.cursor, error });
    this.#drop();
    const opened = this.#opened;
    this.#opened = null;
    opened?.reject(error);
    this.#options.onRefused?.(error);
  }

  // Subscriptions.

  #begin(s) {
    this.#subscriptions.set(s.id, s);
    if (this.#state === "open") this.#say(s._request(this.#options.heartbeat));
    else this.connect().catch(() => {}); // whoever called connect hears of it, and so does onEnd
  }

  #unsubscribe(s) {
    if (this.#subscriptions.get(s.id) !== s) return;
    this.#say({ type: "unsubscribe", subscription_id: s.id });
    this.#end(s, { reason: "unsubscribed", code: null, message: "", cursor: s.cursor });
  }

  #end(s, end) {
    this.#subscriptions.delete(s.id);
    s._ended(end);
  }
}

/**
 * Subscription is a live query and its result. With key columns in the schema
 * rows are found by key; without, the result is a bag, where equal rows count.
 */
class Subscription {
  #stop;
  #begin;
  #options;
  #rows = new Map(); // key, or the row itself -> {row, count}
  #list = null; // the rows in order, once changes come with positions
  #key = null; // names of the key columns; null for a bag
  #fresh = true; // the next batch starts a new state

  constructor(client, id, sql, options, stop, begin) {
    this.client = client;
    this.id = id;
    this.sql = sql;
    this.columns = [];
    this.cursor = options.from ?? null;
    this.state = "starting"; // starting, live, interrupted, ended
    this.resumed = false;
    this.#options = options;
    this.#stop = stop;
    this.#begin = begin;
  }

  /** The rows of the result: in its order, or without one as they came. */
  get rows() {
    if (this.#list) return [...this.#list];
    const out = [];
    for (const { row, count } of this.#rows.values()) for (let i = 0; i < count; i++) out.push(row);
    return out;
  }

  /** Says what identifies a row of the result, as rows and changes have it. */
  keyOf(row) {
    return JSON.stringify(this.#key ? this.#key.map((name) => row[name]) : row);
  }

  unsubscribe() {
    this.#stop(this);
  }

  /** Goes on after an end with a cursor, such as slow_consumer. */
  resume() {
    if (this.state !== "ended") return;
    this.#settle("starting");
    this.#begin(this);
  }

  _request(heartbeat) {
    const o = this.#options;
    const options = { heartbeat, snapshot: o.snapshot ?? true };
    if (o.lastRows) options.last_rows = o.lastRows;
    if (o.batchSize) options.batch_size = o.batchSize;
    if (o.slow) options.slow = o.slow;
    if (this.cursor) options.from = this.cursor;
    return { type: "subscribe", subscription: { id: this.id, sql: this.sql, params: o.params ?? [], options } };
  }

  _acknowledged(m) {
    this.columns = m.schema;
    const key = m.schema.filter((c) => c.key).map((c) => c.name);
    this.#key = key.length > 0 ? key : null;
    this.resumed = m.resumed;
    this.#fresh = !m.resumed;
  }

  _batch(m) {
    if (this.#fresh) {
      this.#rows.clear();
      this.#list = null;
    }
    this.#fresh = false;
    for (const row of m.rows) this.#add(row);
    if (m.has_more) return;
    this.cursor = m.cursor;
    this.#settle("live");
    if (!this.resumed) this.#options.onSnapshot?.(this.rows, this);
  }

  _apply(part, cursor) {
    for (const c of part.changes) {
      if (c.at !== undefined || c.from_at !== undefined) {
        // ORDER BY: what comes and goes has a place.
        this.#list ??= this.rows;
        if (c.from_at !== undefined) this.#list.splice(c.from_at, 1);
        if (c.at !== undefined) this.#list.splice(c.at, 0, c.row);
        continue;
      }
      if (c.op === "update") this.#replace(c.old, c.row);
      else if (c.op === "insert") this.#add(c.row);
      else this.#remove(c.old);
    }
    this.cursor = cursor;
  }

  _tell(part, cursor) {
    this.#options.onChanges?.({ changes: part.changes, cursor, coalesced: part.coalesced === true }, this);
  }

  _heartbeat(cursor) {
    if (this.state === "live" && cursor) this.cursor = cursor;
  }

  _interrupted() {
    // A snapshot that was cut short is no state to resume from.
    if (this.state === "starting" && !this.resumed) this.cursor = this.#options.from ?? null;
    this.#settle("interrupted");
  }

  _failed(error) {
    this.#options.onError?.(error, this);
  }

  _ended(end) {
    this.#settle("ended");
    this.#options.onEnd?.(end, this);
  }

  #settle(state) {
    if (this.state === state) return;
    this.state = state;
    this.#options.onState?.(state, this);
  }

  #add(row) {
    const k = this.keyOf(row);
    const have = this.#rows.get(k);
    if (have && !this.#key) have.count++;
    else if (have) have.row = row; // newest state of a key that is coalesced
    else this.#rows.set(k, { row, count: 1 });
  }

  #remove(row) {
    const k = this.keyOf(row);
    const have = this.#rows.get(k);
    if (have && --have.count === 0) this.#rows.delete(k);
  }

  #replace(old, row) {
    const k = this.keyOf(old);
    const have = this.#rows.get(k);
    if (have && k === this.keyOf(row)) have.row = row; // it keeps its place
    else {
      this.#remove(old);
      this.#add(row);
    }
  }
}

function deferred() {
  const d = {};
  d.promise = new Promise((resolve, reject) => Object.assign(d, { resolve, reject }));
  d.promise.catch(() => {}); // whoever waits hears of it
  return d;
}
