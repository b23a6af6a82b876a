"""Drives a server as a Python program would; prints "done"."""
import datetime, decimal, select, sys, uuid, json
import psycopg2, psycopg2.extras, psycopg2.errors

psycopg2.extras.register_uuid()
db = psycopg2.connect(host="127.0.0.1", port=sys.argv[1], user="postgres", dbname="postgres")
cur = db.cursor()
cur.execute("""CREATE TABLE item (id serial PRIMARY KEY, name text UNIQUE, price numeric(10,2), tags text[],
    at timestamptz, day date, doc jsonb, raw bytea, key uuid, ok boolean, weight double precision)""")
now = datetime.datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=datetime.timezone.utc)
key = uuid.uuid4()
values = ("näme", decimal.Decimal("12.50"), ["a", "b,c", None], now, now.date(),
          psycopg2.extras.Json({"a": [1, None, "x"]}), b"\x00\xff", key, True, 1.5)
cur.execute("""INSERT INTO item (name, price, tags, at, day, doc, raw, key, ok, weight)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id""", values)
assert cur.fetchone() == (1,)
db.commit()
cur.execute("SELECT name, price, tags, at, day, doc, raw, key, ok, weight FROM item WHERE id = %s", (1,))
row = cur.fetchone()
assert row[:5] == values[:5], row
assert row[5] == {"a": [1, None, "x"]} and bytes(row[6]) == b"\x00\xff" and row[7:] == values[7:], row
try:
    cur.execute("INSERT INTO item (name) VALUES ('näme')")
    raise AssertionError("a duplicate was accepted")
except psycopg2.errors.UniqueViolation as e:
    assert e.diag.constraint_name == "item_name_key" and e.diag.table_name == "item", e.diag.constraint_name
try:
    cur.execute("SELECT 1")
    raise AssertionError("the block should have failed")
except psycopg2.errors.InFailedSqlTransaction:
    db.rollback()
import io
cur.copy_expert("COPY item (name, price) FROM STDIN WITH (FORMAT csv)", io.StringIO('x,1\n"y ""z""",2\n'))
out = io.StringIO()
cur.copy_expert("COPY (SELECT name, price FROM item WHERE price < 5 ORDER BY name) TO STDOUT WITH (FORMAT csv, HEADER)", out)
assert out.getvalue() == 'name,price\nx,1.00\n"y ""z""",2.00\n', out.getvalue()
db.commit()
named = db.cursor("portal")
named.itersize = 2
named.execute("SELECT g FROM generate_series(1, 7) AS g")
assert [r[0] for r in named] == [1, 2, 3, 4, 5, 6, 7]
named.close()
db.commit()

# Live changes as notifications.
watcher = psycopg2.connect(host="127.0.0.1", port=sys.argv[1], user="postgres", dbname="postgres")
watcher.autocommit = True
w = watcher.cursor()
w.execute("LISTEN live FOR SELECT id, name FROM item WHERE price > 100")
w.execute("LISTEN plain")
cur.execute("UPDATE item SET price = 500 WHERE id = 1")
cur.execute("NOTIFY plain, 'hello'")
db.commit()
got = []
while len(got) < 2:
    assert select.select([watcher], [], [], 8)[0], "no notification came"
    watcher.poll()
    got += [(n.channel, n.payload) for n in watcher.notifies]
    watcher.notifies.clear()
change = json.loads(dict(got)["live"])
assert change["op"] == "insert" and change["reason"] == "enter" and change["row"] == {"id": 1, "name": "näme"}, change
assert dict(got)["plain"] == "hello"
print("done")
