// postgres.js: pipelined queries, arrays by reflection, cursors, transactions, COPY, listen.
const postgres = require("postgres");
const sql = postgres({ host: "127.0.0.1", port: +process.argv[2], user: "postgres", database: process.argv[3], onnotice: (n) => console.log("notice", n.message), max: 1 });
const text = (v) => JSON.stringify(v);
(async () => {
  await sql`SET timezone = 'UTC'`;
  console.log(text(await sql`SELECT ${5}::int AS i, ${"a"}::text AS t, ${true}::bool AS b, ${new Date(0)}::timestamptz AS d, ${sql.json({ a: 1 })} AS j, ${sql.array([1, 2])}::int[] AS a, ${Buffer.from([0, 255])}::bytea AS y, ${"1.5"}::numeric AS n, ${"2"}::int8 AS l`));
  await sql`CREATE TEMP TABLE t (id int PRIMARY KEY, name text NOT NULL, tags text[])`;
  console.log(text(await sql`INSERT INTO t ${sql([{ id: 1, name: "a", tags: ["x", "y"] }, { id: 2, name: "b", tags: null }])} RETURNING *`));
  console.log(text(await sql`SELECT * FROM t WHERE id IN ${sql([1, 2, 3])}`), text((await sql`SELECT * FROM t`).columns.map((c) => [c.name, c.type])));
  console.log(text(await sql`UPDATE t SET ${sql({ name: "c" }, "name")} WHERE id = 1 RETURNING name`));
  console.log(text(await Promise.all([sql`SELECT 1 AS x`, sql`SELECT 2 AS x`, sql`SELECT 1/0`.catch((e) => e.code), sql`SELECT 3 AS x`])));
  for await (const rows of sql`SELECT g FROM generate_series(1,10) g`.cursor(4)) console.log(text(rows));
  await sql.begin(async (tx) => {
    await tx`INSERT INTO t VALUES (10, 'in')`;
    await tx.savepoint(async (sp) => { await sp`INSERT INTO t VALUES (10, 'dup')`; }).catch((e) => console.log(e.code, e.constraint_name, e.detail));
    console.log(text(await tx`SELECT count(*) FROM t`));
  });
  console.log(text(await sql.unsafe("SELECT 1 AS a; SELECT 2 AS b")));
  const w = await sql`COPY t (id, name) FROM STDIN`.writable();
  await new Promise((ok, no) => { w.on("error", no); w.on("finish", ok); w.end("20\tx\n21\ty\n"); });
  let out = "";
  for await (const piece of await sql`COPY (SELECT id, name FROM t ORDER BY id) TO STDOUT`.readable()) out += piece;
  console.log(text(out));
  console.log(text((await sql`SELECT * FROM t WHERE id = ${1}`.describe()).columns.map((c) => [c.name, c.type])));
  const cancelled = sql`SELECT pg_sleep(20)`;
  setTimeout(() => cancelled.cancel(), 200);
  await cancelled.catch((e) => console.log(e.code, e.message));
  let told; const got = new Promise((ok) => (told = ok));
  await sql.listen("smoke_js", told);
  await sql.notify("smoke_js", "hello");
  console.log("notify", await got);
  await sql`DROP TABLE IF EXISTS nosuch`;
  for (const q of ["SELECT nosuch", "bogus", "SELECT 'x'::int"]) await sql.unsafe(q).catch((e) => console.log(e.code, e.message, e.position));
  await sql.end();
})().catch((e) => { console.error(e); process.exit(1); });
