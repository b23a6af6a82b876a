import assert from "node:assert/strict";
import { test } from "node:test";
import { KalamSQL, KalamError } from "./kalamsql.js";

/** World is a server that the test plays, and a clock that it moves. */
class World {
  sockets = [];
  timers = [];
  now = 0;

  client(options = {}) {
    const world = this;
    class Socket {
      readyState = 0;
      sent = [];
      constructor(url, protocol) {
        Object.assign(this, { url, protocol });
        world.sockets.push(this);
      }
      send(text) {
        this.sent.push(JSON.parse(text));
      }
      close() {
        this.readyState = 3;
      }
      // What the server does.
      open() {
        this.readyState = 1;
        this.onopen();
      }
      says(...messages) {
        for (const m of messages) this.onmessage({ data: JSON.stringify(m) });
      }
      breaks() {
        this.readyState = 3;
        this.onclose();
      }
    }
    const timers = {
      setTimeout: (f, ms) => {
        const t = { f, at: this.now + ms };
        this.timers.push(t);
        return t;
      },
      clearTimeout: (t) => (this.timers = this.timers.filter((x) => x !== t)),
      random: () => 1,
    };
    return new KalamSQL("ws://host/v1/ws", { WebSocket: Socket, timers, user: "alice", ...options });
  }

  get socket() {
    return this.sockets.at(-1);
  }

  /** Moves the clock, running what is due on the way. */
  advance(ms) {
    const end = this.now + ms;
    for (;;) {
      const due = this.timers.filter((t) => t.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.timers = this.timers.filter((t) => t !== due);
      this.now = due.at;
      due.f();
    }
    this.now = end;
  }

  accept() {
    this.socket.open();
    this.socket.says({ type: "auth_success", user: "alice", role: "alice" });
  }
}

const schema = [{ name: "id", type: "int8", key: true }, { name: "body", type: "text", key: false }];
const ack = (id, resumed = false) => ({ type: "subscription_ack", subscription_id: id, schema, resumed });
const batch = (id, rows, cursor, num = 0) => ({ type: "initial_data_batch", subscription_id: id, rows, batch_num: num, has_more: cursor === undefined, cursor });
const changes = (cursor, id, ...list) => ({ type: "changes", cursor, subscriptions: [{ subscription_id: id, changes: list }] });
const row = (id, body) => ({ id: String(id), body });

test("connects, authenticates and runs a query", async () => {
  const world = new World();
  const db = world.client();
  const opened = db.connect();
  world.accept();
  await opened;
  assert.deepEqual(world.socket.sent[0], { type: "authenticate", method: "trust", user: "alice" });
  assert.equal(world.socket.protocol, "kalamsql.v1");
  const answer = db.query("SELECT $1", [1]);
  await opened; // the request goes out in a later turn
  await Promise.resolve();
  const sent = world.socket.sent[1];
  assert.deepEqual(sent, { type: "execute", sql: "SELECT $1", params: [1], id: sent.id });
  world.socket.says({ type: "result", id: sent.id, command: "SELECT 1", columns: [{ name: "x", type: "int4" }], rows: [{ x: 1 }], cursor: "c" });
  assert.deepEqual((await answer).rows, [{ x: 1 }]);
});

test("a query's error has code and position", async () => {
  const world = new World();
  const db = world.client();
  const answer = db.query("SELEC");
  world.accept();
  await db.connect();
  await Promise.resolve();
  world.socket.says({ type: "error", id: world.socket.sent[1].id, subscription_id: null, code: "42601", message: "syntax error", detail: null, hint: "h", position: 1 });
  await assert.rejects(answer, (e) => e instanceof KalamError && e.code === "42601" && e.position === 1 && e.hint === "h");
});

test("refused credentials end it", async () => {
  const world = new World();
  let ended = null;
  const db = world.client({ password: "wrong" });
  db.subscribe("SELECT 1", { onEnd: (end) => (ended = end) });
  const opened = db.connect();
  world.socket.open();
  assert.deepEqual(world.socket.sent[0], { type: "authenticate", method: "password", user: "alice", password: "wrong" });
  world.socket.says({ type: "auth_error", code: "28P01", message: "no" });
  await assert.rejects(opened, { code: "28P01" });
  assert.equal(ended.reason, "refused");
  world.advance(60000);
  assert.equal(world.sockets.length, 1, "it does not try again");
});

function live(world, options = {}) {
  const told = [];
  const db = world.client(options.client);
  const sub = db.subscribe("SELECT id, body FROM t", {
    onSnapshot: (rows) => told.push(["snapshot", rows.map((r) => r.id)]),
    onChanges: ({ changes, coalesced }) => told.push([coalesced ? "coalesced" : "changes", changes.map((c) => c.op)]),
    onEnd: (end) => told.push(["end", end.reason]),
    ...options.subscribe,
  });
  world.accept();
  return { db, sub, told };
}

test("keeps the rows of a live query", () => {
  const world = new World();
  const { sub, told } = live(world, { subscribe: { params: ["p"], lastRows: 5 } });
  assert.deepEqual(world.socket.sent[1], { type: "subscribe", subscription: { id: sub.id, sql: sub.sql, params: ["p"], options: { heartbeat: 15, snapshot: true, last_rows: 5 } } });
  world.socket.says(ack(sub.id), batch(sub.id, [row(1, "a")]), batch(sub.id, [row(2, "b")], "c1", 1));
  assert.equal(sub.state, "live");
  world.socket.says(changes("c2", sub.id, { op: "insert", reason: "insert", row: row(3, "c") }, { op: "update", row: row(1, "A"), old: row(1, "a") }, { op: "delete", reason: "leave", old: row(2, "b") }));
  assert.deepEqual(sub.rows, [row(1, "A"), row(3, "c")]);
  assert.equal(sub.cursor, "c2");
  assert.deepEqual(told, [["snapshot", ["1", "2"]], ["changes", ["insert", "update", "delete"]]]);
});

test("an ordered result is a list", () => {
  const world = new World();
  const { sub } = live(world);
  world.socket.says(ack(sub.id), batch(sub.id, [row(1, "a"), row(2, "b"), row(3, "c")], "c1"));
  world.socket.says(changes("c2", sub.id,
    { op: "delete", reason: "leave", old: row(3, "c"), from_at: 2 },
    { op: "insert", reason: "enter", row: row(4, "0"), at: 0 },
    { op: "update", row: row(1, "z"), old: row(1, "a"), from_at: 1, at: 2 }));
  assert.deepEqual(sub.rows, [row(4, "0"), row(2, "b"), row(1, "z")]);
});

test("a result without a key is a bag", () => {
  const world = new World();
  const { sub } = live(world);
  world.socket.says({ ...ack(sub.id), schema: [{ name: "body", type: "text" }] }, batch(sub.id, [{ body: "x" }, { body: "x" }], "c1"));
  assert.equal(sub.rows.length, 2);
  world.socket.says(changes("c2", sub.id, { op: "delete", reason: "delete", old: { body: "x" } }));
  assert.deepEqual(sub.rows, [{ body: "x" }]);
});

test("all subscriptions move before anyone is told", () => {
  const world = new World();
  const db = world.client({ onCommit: ({ subscriptions }) => seen.push(subscriptions.length) });
  const seen = [];
  const look = () => seen.push(`${a.rows.length}+${b.rows.length}`);
  const a = db.subscribe("SELECT a", { onChanges: look });
  const b = db.subscribe("SELECT b", { onChanges: look });
  world.accept();
  for (const s of [a, b]) world.socket.says(ack(s.id), batch(s.id, [], "c1"));
  const insert = [{ op: "insert", reason: "insert", row: row(1, "x") }];
  world.socket.says({ type: "changes", cursor: "c2", subscriptions: [{ subscription_id: a.id, changes: insert }, { subscription_id: b.id, changes: insert }] });
  assert.deepEqual(seen, ["1+1", "1+1", 2]);
});

test("comes back and resumes from the newest cursor", () => {
  const world = new World();
  const { sub, told } = live(world);
  world.socket.says(ack(sub.id), batch(sub.id, [row(1, "a")], "c1"), { type: "heartbeat", cursor: "c5" });
  world.socket.breaks();
  assert.equal(sub.state, "interrupted");
  world.advance(250);
  assert.equal(world.sockets.length, 2);
  world.accept();
  assert.equal(world.socket.sent[1].subscription.options.from, "c5");
  world.socket.says(ack(sub.id, true), batch(sub.id, [], "c5"), changes("c6", sub.id, { op: "insert", reason: "insert", row: row(2, "b") }));
  assert.deepEqual(sub.rows, [row(1, "a"), row(2, "b")]);
  assert.deepEqual(told, [["snapshot", ["1"]], ["changes", ["insert"]]]);
});

test("takes a new snapshot when the cursor is no longer held", () => {
  const world = new World();
  const { sub, told } = live(world);
  world.socket.says(ack(sub.id), batch(sub.id, [row(1, "a")], "c1"));
  world.socket.breaks();
  world.advance(250);
  world.accept();
  world.socket.says(ack(sub.id, false), batch(sub.id, [row(7, "z")], "d1"));
  assert.deepEqual(sub.rows, [row(7, "z")]);
  assert.deepEqual(told, [["snapshot", ["1"]], ["snapshot", ["7"]]]);
});

test("a snapshot cut short starts again from nothing", () => {
  const world = new World();
  const { sub } = live(world);
  world.socket.says(ack(sub.id), batch(sub.id, [row(1, "a")]));
  world.socket.breaks();
  world.advance(250);
  world.accept();
  assert.equal(world.socket.sent[1].subscription.options.from, undefined);
  world.socket.says(ack(sub.id), batch(sub.id, [row(2, "b")], "c1"));
  assert.deepEqual(sub.rows, [row(2, "b")]);
});

test("a shutdown is an interruption with a cursor", () => {
  const world = new World();
  const { sub, told } = live(world);
  world.socket.says(ack(sub.id), batch(sub.id, [], "c1"), { type: "subscription_end", subscription_id: sub.id, code: "57P01", reason: "server_shutdown", message: "", cursor: "c9" });
  world.socket.breaks();
  world.advance(250);
  world.accept();
  assert.equal(world.socket.sent[1].subscription.options.from, "c9");
  assert.deepEqual(told, [["snapshot", []]]);
});

test("waits longer each time, up to a bound, and starts over after success", () => {
  const world = new World();
  live(world);
  const waits = [];
  for (let i = 0; i < 9; i++) {
    world.socket.breaks();
    const before = world.now;
    while (world.sockets.length < i + 2) world.advance(10);
    waits.push(world.now - before);
  }
  assert.deepEqual(waits, [250, 500, 1000, 2000, 4000, 8000, 15000, 15000, 15000]);
  world.accept();
  world.socket.breaks();
  world.advance(250);
  assert.equal(world.sockets.length, 11);
});

test("a connection without signs of life is given up", () => {
  const world = new World();
  const { sub } = live(world);
  world.socket.says(ack(sub.id), batch(sub.id, [], "c1"));
  world.advance(30000);
  assert.equal(world.socket.sent.at(-1).type, "ping");
  world.socket.says({ type: "pong" });
  world.advance(30000);
  assert.equal(world.sockets.length, 1);
  world.advance(45000);
  assert.equal(world.sockets.length, 2);
});

test("an end says why, and can be resumed from", () => {
  const world = new World();
  const { sub, told } = live(world);
  world.socket.says(ack(sub.id), batch(sub.id, [], "c1"), { type: "subscription_end", subscription_id: sub.id, code: "53400", reason: "slow_consumer", message: "m", cursor: "c3" });
  assert.deepEqual(told.at(-1), ["end", "slow_consumer"]);
  assert.equal(sub.state, "ended");
  sub.resume();
  assert.equal(world.socket.sent.at(-1).subscription.options.from, "c3");
  world.socket.says(ack(sub.id, true), batch(sub.id, [], "c3"));
  assert.equal(sub.state, "live");
  sub.unsubscribe();
  assert.deepEqual(world.socket.sent.at(-1), { type: "unsubscribe", subscription_id: sub.id });
  assert.deepEqual(told.at(-1), ["end", "unsubscribed"]);
});

test("a subscription that is refused ends with the error", () => {
  const world = new World();
  let error = null;
  const { sub, told } = live(world, { subscribe: { onError: (e) => (error = e) } });
  world.socket.says({ type: "error", id: null, subscription_id: sub.id, code: "42P01", message: "no table" });
  assert.equal(error.code, "42P01");
  assert.deepEqual(told, [["end", "error"]]);
});

test("a query under way when the connection breaks is refused", async () => {
  const world = new World();
  const { db } = live(world);
  const answer = db.query("INSERT ...");
  await db.connect();
  await Promise.resolve();
  world.socket.breaks();
  await assert.rejects(answer, { code: "08006" });
  await assert.rejects(db.query("SELECT 1"), { code: "08006" });
});

test("channels are heard again after an interruption", () => {
  const world = new World();
  const heard = [];
  const db = world.client();
  const stop = db.listen("news", (payload) => heard.push(payload));
  db.connect();
  world.accept();
  assert.deepEqual(world.socket.sent[1], { type: "listen", channel: "news" });
  world.socket.says({ type: "notification", channel: "news", payload: "one" });
  world.socket.breaks();
  world.advance(250);
  world.accept();
  world.socket.says({ type: "notification", channel: "news", payload: "two" });
  stop();
  assert.deepEqual(world.socket.sent.at(-1), { type: "unlisten", channel: "news" });
  assert.deepEqual(heard, ["one", "two"]);
});

test("close ends everything and stays closed", async () => {
  const world = new World();
  const { db, told } = live(world);
  db.close();
  world.advance(60000);
  assert.deepEqual(told, [["end", "closed"]]);
  assert.equal(world.sockets.length, 1);
  assert.equal(db.state, "closed");
});
