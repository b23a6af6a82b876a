"""psycopg2: connect, types, errors, COPY, server-side cursors, notifications."""
import datetime, decimal, os, select, sys
import psycopg2, psycopg2.errors, psycopg2.extras, psycopg2.extensions

dsn = sys.argv[1]
conn = psycopg2.connect(dsn)
cur = conn.cursor()
print("connect", conn.server_version // 10000, conn.encoding, conn.get_parameter_status("DateStyle"))
cur.execute("CREATE TEMP TABLE t (id serial PRIMARY KEY, name text NOT NULL, price numeric(8,2), at timestamptz, tags text[], doc jsonb, raw bytea, day date)")
utc = datetime.timezone.utc
cur.execute(
    "INSERT INTO t (name, price, at, tags, doc, raw, day) VALUES (%s,%s,%s,%s,%s,%s,%s) RETURNING id",
    ("one", decimal.Decimal("1.50"), datetime.datetime(2024, 2, 29, 12, 0, tzinfo=utc), ["a", 'b "c"', None], psycopg2.extras.Json({"k": [1, None]}), b"\x00\xff", datetime.date(2024, 2, 29)))
print("insert", cur.fetchone(), cur.rowcount, cur.statusmessage)
cur.execute("SET timezone = 'UTC'")
cur.execute("SELECT name, price, at, tags, doc, raw, day FROM t")
row = list(cur.fetchone())
row[5] = bytes(row[5])
print("types", row)
print("description", [(d.name, d.type_code, d.internal_size, d.precision, d.scale, d.table_column) for d in cur.description])
for value, kind in (("1 day 02:00", "interval"), ("[1,5)", "int4range"), ("{1,2,NULL}", "int[]"), ("12:30", "time"), ("t", "bool"), ("1.5e300", "float8"), ("NaN", "numeric")):
    cur.execute("SELECT %s::" + kind, (value,))
    print(kind, repr(cur.fetchone()[0]))
psycopg2.extras.execute_values(cur, "INSERT INTO t (name, price) VALUES %s", [("v%d" % i, i) for i in range(20)])
print("execute_values", cur.rowcount)
cur.executemany("UPDATE t SET price = %s WHERE name = %s", [(7, "v1"), (8, "v2")])
print("executemany", cur.rowcount)
conn.commit()
for sql in ("INSERT INTO t (name) VALUES (NULL)", "INSERT INTO t (id, name) VALUES (1, 'x')", "SELECT nosuch", "SELECT * FROM nosuch", "SELECT 1/0", "SELECT 'x'::int", "bogus"):
    try:
        cur.execute(sql)
    except psycopg2.Error as e:
        print(type(e).__name__, e.pgcode, e.diag.message_primary, e.diag.constraint_name, e.diag.column_name, e.diag.statement_position)
    conn.rollback()
with conn, conn.cursor("big") as named:
    named.itersize = 100
    named.execute("SELECT g FROM generate_series(1,1000) g")
    print("named cursor", sum(r[0] for r in named))
with conn.cursor("moving", scrollable=True) as named:
    named.execute("SELECT g FROM generate_series(1,10) g")
    named.scroll(5)
    print("scroll", named.fetchone(), named.fetchmany(2))
    named.scroll(-3)
    print("back", named.fetchone())
conn.rollback()
import io
cur.copy_expert("COPY t (name, price) FROM STDIN WITH (FORMAT csv)", io.StringIO('c1,1\n"c,2",2\n'))
print("copy in", cur.rowcount)
out = io.StringIO()
cur.copy_expert("COPY (SELECT name, price FROM t WHERE name LIKE 'c%' ORDER BY name) TO STDOUT", out)
print("copy out", repr(out.getvalue()))
conn.commit()
conn.set_isolation_level(psycopg2.extensions.ISOLATION_LEVEL_SERIALIZABLE)
cur.execute("SHOW transaction_isolation")
print("isolation", cur.fetchone())
conn.rollback()
conn.autocommit = True
cur.execute("LISTEN smoke; NOTIFY smoke, 'hello'")
conn.poll()
print("notify", [(n.channel, n.payload) for n in conn.notifies])
cur.execute("DROP TABLE IF EXISTS nosuch_table")
print("notices", conn.notices[-1:])
cur.execute("SET statement_timeout = 50")
try:
    cur.execute("SELECT pg_sleep(20)")
except psycopg2.errors.QueryCanceled as e:
    print("timeout", e.pgcode)
cur.execute("SET statement_timeout = 0")
import threading
timer = threading.Timer(0.2, conn.cancel)
timer.start()
try:
    cur.execute("SELECT pg_sleep(20)")
except psycopg2.errors.QueryCanceled as e:
    print("cancel", e.pgcode, e.diag.message_primary)
timer.join()
class Pair(psycopg2.extras.CompositeCaster):
    def make(self, values):
        return dict(zip(self.attnames, values))
cur.execute("DROP TYPE IF EXISTS smoke_pair; CREATE TYPE smoke_pair AS (a int, b text)")
psycopg2.extras.register_composite("smoke_pair", conn, factory=Pair)
cur.execute("SELECT (1,'x')::smoke_pair, ARRAY[(2,'y')::smoke_pair]")
print("composite", cur.fetchone())
cur.execute("DROP TYPE smoke_pair")
psycopg2.extras.register_uuid()
cur.execute("SELECT 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid, '10.0.0.1/8'::inet")
print("uuid", cur.fetchone())
conn.autocommit = False
xid = conn.xid(1, "gtrid", "bqual")
print("status", conn.status, conn.get_transaction_status())
conn.close()
