"""psycopg 3: both formats, prepared statements, pipelines, COPY, type adapters."""
import datetime, decimal, sys, threading
import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from psycopg.types.range import Range
from psycopg.types.multirange import Multirange
from psycopg.types.composite import CompositeInfo, register_composite
from psycopg.types.enum import EnumInfo, register_enum

conn = psycopg.connect(sys.argv[1], autocommit=True)
conn.execute("SET timezone = 'UTC'")
print("connect", conn.info.server_version // 10000, conn.info.encoding)
values = [True, -1, 2**40, 1.5, float("inf"), decimal.Decimal("-12345.678900"), "aé", b"\x00\xff", datetime.date(2024, 2, 29), datetime.time(12, 34, 56, 789000),
    datetime.datetime(2024, 2, 29, 12, 34, 56, 123456), datetime.datetime(2024, 2, 29, 12, tzinfo=datetime.timezone.utc), datetime.timedelta(days=3, seconds=7, microseconds=9),
    [1, None, 3], ["a", "b,c"], [[1, 2], [3, 4]], Range(1, 5), Multirange([Range(1, 3), Range(5, 7)]), None]
for v in values:
    for param in ("%s", "%b", "%t"):
        for binary in (False, True):
            try:
                cur = conn.cursor(binary=binary)
                got = cur.execute("SELECT " + param, (v,)).fetchone()[0]
                print(type(v).__name__, param, binary, repr(got), cur.description[0].type_code)
            except psycopg.Error as e:
                print(type(v).__name__, param, binary, type(e).__name__, e.sqlstate)
for text, kind in (("infinity", "date"), ("-infinity", "timestamptz"), ("1 year 2 mons", "interval"), ("NaN", "numeric"), ("Infinity", "numeric"), ("[0:1]={1,2}", "int[]"), ("empty", "int4range"), ("10.1.2.3/24", "inet"), ("101", "bit varying"), ("(1,2)", "point"), ("{\"a\":1}", "json")):
    for binary in (False, True):
        try:
            print(kind, binary, repr(conn.cursor(binary=binary).execute("SELECT %s::text::" + kind, (text,)).fetchone()[0]))
        except psycopg.Error as e:
            print(kind, binary, type(e).__name__, e)
conn.execute("CREATE TEMP TABLE t (id int PRIMARY KEY, name text NOT NULL, doc jsonb)")
with conn.cursor() as cur:
    cur.executemany("INSERT INTO t VALUES (%s, %s, %s) RETURNING id", [(i, "n%d" % i, Jsonb({"i": i})) for i in range(5)], returning=True)
    got = []
    while True:
        got.append(cur.fetchone())
        if not cur.nextset():
            break
    print("executemany", got, cur.rowcount)
for i in range(8):
    conn.execute("SELECT name FROM t WHERE id = %s", (i,), prepare=i > 5)
print("prepared", conn.execute("SELECT DISTINCT statement, from_sql FROM pg_prepared_statements ORDER BY 1").fetchall())
with conn.pipeline() as p:
    a = conn.execute("SELECT 1")
    b = conn.execute("INSERT INTO t VALUES (50, 'fifty')")
    c = conn.execute("SELECT count(*) FROM t")
print("pipeline", a.fetchone(), b.rowcount, c.fetchone())
try:
    with conn.pipeline():
        conn.execute("INSERT INTO t VALUES (51, 'x')")
        conn.execute("INSERT INTO t VALUES (50, 'again')")
        conn.execute("INSERT INTO t VALUES (52, 'x')")
except psycopg.Error as e:
    print("pipeline error", type(e).__name__, e.sqlstate)
print("after", conn.execute("SELECT count(*) FROM t").fetchone())
with conn.transaction():
    conn.execute("INSERT INTO t VALUES (60, 'outer')")
    try:
        with conn.transaction():
            conn.execute("INSERT INTO t VALUES (61, 'inner')")
            conn.execute("INSERT INTO t VALUES (60, 'dup')")
    except psycopg.errors.UniqueViolation as e:
        print("savepoint", e.diag.constraint_name, e.diag.message_detail)
print("ids", conn.execute("SELECT array_agg(id ORDER BY id) FROM t").fetchone())
with conn.cursor() as cur:
    with cur.copy("COPY t (id, name) FROM STDIN") as copy:
        for i in range(100, 110):
            copy.write_row((i, "c%d" % i))
    print("copy in", cur.rowcount, cur.statusmessage)
    with cur.copy("COPY t (id, name) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(["int4", "text"])
        for i in range(200, 203):
            copy.write_row((i, "b%d" % i))
    print("copy binary in", cur.rowcount)
    with cur.copy("COPY (SELECT id, name FROM t WHERE id >= 108 ORDER BY id) TO STDOUT (FORMAT BINARY)") as copy:
        copy.set_types(["int4", "text"])
        print("copy out", list(copy.rows()))
    try:
        with cur.copy("COPY t (id, name) FROM STDIN") as copy:
            copy.write("bad\trow\n")
    except psycopg.Error as e:
        print("copy error", e.sqlstate, e.diag.context)
    try:
        with cur.copy("COPY t (id, name) FROM STDIN") as copy:
            raise ValueError("stop")
    except (ValueError, psycopg.Error) as e:
        print("copy stopped", type(e).__name__, e)
with conn.transaction(), conn.cursor("srv") as cur:
    cur.execute("SELECT g FROM generate_series(1,300) g")
    print("server cursor", cur.fetchmany(3), sum(r[0] for r in cur), cur.description[0].name)
conn.execute("DROP TYPE IF EXISTS smoke3_pair; DROP TYPE IF EXISTS smoke3_mood; CREATE TYPE smoke3_pair AS (a int, b text); CREATE TYPE smoke3_mood AS ENUM ('sad', 'happy')")
register_composite(CompositeInfo.fetch(conn, "smoke3_pair"), conn)
info = EnumInfo.fetch(conn, "smoke3_mood")
register_enum(info, conn)
print("composite", conn.execute("SELECT (1,'x')::smoke3_pair, ARRAY[(2,NULL)::smoke3_pair]").fetchone())
print("enum", conn.execute("SELECT %s::smoke3_mood, 'sad'::smoke3_mood", (info.enum.happy,)).fetchone())
print("sent back", conn.execute("SELECT %s", (conn.execute("SELECT (1,'x')::smoke3_pair").fetchone()[0],)).fetchone())
conn.execute("DROP TYPE smoke3_pair; DROP TYPE smoke3_mood")
heard = []
conn.add_notify_handler(lambda n: heard.append((n.channel, n.payload)))
conn.execute("LISTEN smoke3")
conn.execute("SELECT pg_notify('smoke3', 'hello')")
conn.execute("SELECT 1")
print("notify", heard)
timer = threading.Timer(0.2, conn.cancel)
timer.start()
try:
    conn.execute("SELECT pg_sleep(20)")
except psycopg.errors.QueryCanceled as e:
    print("cancel", e.sqlstate)
timer.join()
notices = []
conn.add_notice_handler(lambda d: notices.append((d.severity, d.sqlstate, d.message_primary)))
conn.execute("DROP TABLE IF EXISTS nosuch3")
print("notices", notices)
print("dict", conn.cursor(row_factory=dict_row).execute("SELECT id, name FROM t ORDER BY id LIMIT 1").fetchone())
for sql in ("SELECT 1/0", "SELECT nosuch", "SELECT * FROM nosuch", "INSERT INTO t VALUES (NULL, 'x')", "SELECT 'x'::int", "SELECT $1"):
    try:
        conn.execute(sql)
    except psycopg.Error as e:
        print(type(e).__name__, e.sqlstate, e.diag.message_primary)
conn.close()
