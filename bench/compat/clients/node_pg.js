// node-postgres: both formats, prepared statements, cursors, COPY streams, notifications.
const { Client, Pool } = require("pg");
const Cursor = require("pg-cursor");
const { from, to } = require("pg-copy-streams");
const options = { host: "127.0.0.1", port: +process.argv[2], user: "postgres", database: process.argv[3] };
const text = (v) => JSON.stringify(v);
(async () => {
  const c = new Client(options);
  await c.connect();
  await c.query("SET timezone = 'UTC'");
  for (const [kind, v] of [["int4", 5], ["int8", "9007199254740993"], ["numeric", "1.50"], ["float8", 0.1], ["bool", true], ["text", "aé"], ["bytea", Buffer.from([0, 255])], ["timestamptz", new Date(Date.UTC(2024, 1, 29))], ["jsonb", { a: [1, null] }], ["int4[]", [1, null]], ["text[]", ['a"b', "c,d", null]], ["interval", "1 day 02:00:00"], ["point", "(1,2)"], ["int4range", "[1,5)"], ["float8", "Infinity"], ["uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]]) {
    const r = await c.query({ text: "SELECT $1::" + kind + " AS v", values: [v] });
    console.log(kind, text(r.rows), r.fields[0].dataTypeID, r.fields[0].format);
    try {
      const b = await c.query({ text: "SELECT $1::" + kind + " AS v", values: [v], binary: true });
      console.log(kind, "binary", text(b.rows));
    } catch (e) { console.log(kind, "binary", e.message); }
  }
  await c.query("CREATE TEMP TABLE t (id serial PRIMARY KEY, name text NOT NULL)");
  for (let i = 0; i < 3; i++) console.log(text((await c.query({ name: "ins", text: "INSERT INTO t (name) VALUES ($1) RETURNING *", values: ["n" + i] })).rows));
  const many = await c.query("SELECT 1 AS a; INSERT INTO t (name) VALUES ('m'); SELECT count(*) FROM t");
  console.log(text(many.map((r) => [r.command, r.rowCount, r.rows])));
  console.log(text((await c.query({ text: "SELECT id, name FROM t ORDER BY id", rowMode: "array" })).rows));
  for (const sql of ["INSERT INTO t (name) VALUES (NULL)", "INSERT INTO t VALUES (1, 'x')", "SELECT nosuch", "bogus", "SELECT 1/0"]) {
    try { await c.query(sql); } catch (e) { console.log(e.code, e.severity, e.message, e.constraint, e.column, e.position, e.detail); }
    try { await c.query(sql + " ", []); } catch (e) { console.log(e.code); }
  }
  await c.query("BEGIN");
  await c.query("INSERT INTO t (name) VALUES ('gone')");
  await c.query("ROLLBACK");
  const cursor = c.query(new Cursor("SELECT g FROM generate_series(1,10) g WHERE g > $1", [2]));
  console.log(text(await cursor.read(3)), text(await cursor.read(100)), text(await cursor.read(1)));
  await cursor.close();
  const sink = c.query(from("COPY t (name) FROM STDIN"));
  await new Promise((ok, no) => { sink.on("finish", ok); sink.on("error", no); sink.write("a\nb"); sink.end("c\n"); });
  console.log("copied", sink.rowCount);
  const source = c.query(to("COPY (SELECT name FROM t ORDER BY id) TO STDOUT"));
  let out = "";
  for await (const piece of source) out += piece;
  console.log(text(out));
  const notice = new Promise((ok) => c.once("notice", ok));
  await c.query("DROP TABLE IF EXISTS nosuch");
  console.log("notice", (await notice).message);
  await c.query("LISTEN smoke_node");
  const told = new Promise((ok) => c.once("notification", ok));
  await c.query("SELECT pg_notify('smoke_node', 'hello')");
  const n = await told;
  console.log("notify", n.channel, n.payload);
  await c.query("SET statement_timeout = 50");
  try { await c.query("SELECT pg_sleep(20)"); } catch (e) { console.log(e.code, e.message); }
  await c.end();
  const pool = new Pool({ ...options, max: 3 });
  console.log(text((await Promise.all([...Array(9).keys()].map((i) => pool.query("SELECT $1::int AS i", [i])))).map((r) => r.rows[0].i)));
  await pool.end();
})().catch((e) => { console.error(e); process.exit(1); });
