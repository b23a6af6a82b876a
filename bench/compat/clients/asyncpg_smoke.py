"""asyncpg: binary types, introspection of one's own types, cursors, COPY, cancellation."""
import asyncio, datetime, decimal, ipaddress, sys, uuid
import asyncpg

async def main(port):
    conn = await asyncpg.connect(host="127.0.0.1", port=port, user="postgres", database=sys.argv[2])
    print("connect", conn.get_server_version().major)
    await conn.execute("SET timezone = 'UTC'")
    utc = datetime.timezone.utc
    for kind, v in [("int2", 5), ("int4", -7), ("int8", 2**60), ("float4", 1.5), ("float8", -0.1), ("numeric", decimal.Decimal("12345.678900")), ("text", "aé"), ("bytea", b"\0\xff"), ("bool", True),
            ("date", datetime.date(2024, 2, 29)), ("date", datetime.date.max), ("time", datetime.time(1, 2, 3, 4)), ("timetz", datetime.time(1, 2, 3, tzinfo=utc)), ("timestamp", datetime.datetime(2024, 2, 29, 1, 2, 3, 4)), ("timestamptz", datetime.datetime(2024, 2, 29, tzinfo=utc)),
            ("interval", datetime.timedelta(days=400, seconds=5)), ("uuid", uuid.UUID(int=5)), ("json", '{"a": 1}'), ("jsonb", '{"a": 1}'), ("int4[]", [1, None, 3]), ("text[]", [["a"], ["b"]]), ("int4range", asyncpg.Range(1, 5)),
            ("inet", ipaddress.ip_interface("10.0.0.1/8")), ("cidr", ipaddress.ip_network("10.0.0.0/8")), ("bit(3)", asyncpg.BitString("101")), ("point", asyncpg.Point(1, 2)), ("box", asyncpg.Box((3, 4), (1, 2))), ("circle", asyncpg.Circle((1, 2), 3)), ("macaddr", "08:00:2b:01:02:03"), ("oid", 42), ("name", "x"), ("char(3)", "ab"), ("int4multirange", [asyncpg.Range(1, 3)])]:
        try:
            print(kind, repr(await conn.fetchval("SELECT $1::" + kind, v)))
        except Exception as e:
            print(kind, type(e).__name__, e)
    await conn.execute("DROP TYPE IF EXISTS smoke_a_comp, smoke_a_mood; DROP DOMAIN IF EXISTS smoke_a_pos; CREATE TYPE smoke_a_mood AS ENUM ('sad','happy'); CREATE TYPE smoke_a_comp AS (a int, m smoke_a_mood, l text[]); CREATE DOMAIN smoke_a_pos AS int CHECK (VALUE > 0)")
    print("composite", await conn.fetchval("SELECT (1,'happy','{x,y}')::smoke_a_comp"))
    print("composite array", await conn.fetchval("SELECT $1::smoke_a_comp[]", [(1, "sad", ["z"]), None]))
    print("enum", await conn.fetchval("SELECT $1::smoke_a_mood", "happy"), await conn.fetchval("SELECT $1::smoke_a_mood[]", ["sad", "happy"]))
    print("domain", await conn.fetchval("SELECT $1::smoke_a_pos", 5))
    print("record", await conn.fetchval("SELECT (1, 'a'::text, NULL::int)"), await conn.fetchrow("SELECT 1 AS a, ARRAY[ROW(1,2)] AS b"))
    await conn.execute("DROP TYPE smoke_a_comp; DROP TYPE smoke_a_mood; DROP DOMAIN smoke_a_pos")
    await conn.execute("CREATE TEMP TABLE t (id int PRIMARY KEY, name text NOT NULL)")
    await conn.executemany("INSERT INTO t VALUES ($1, $2)", [(i, "n%d" % i) for i in range(10)])
    st = await conn.prepare("SELECT * FROM t WHERE id < $1")
    print("prepared", st.get_parameters(), st.get_attributes(), await st.fetch(2), st.get_statusmsg())
    try:
        async with conn.transaction():
            await conn.execute("INSERT INTO t VALUES (20, 'a')")
            await conn.execute("INSERT INTO t VALUES (20, 'b')")
    except asyncpg.UniqueViolationError as e:
        print("unique", e.sqlstate, e.constraint_name, e.detail)
    async with conn.transaction(isolation="repeatable_read", readonly=True):
        print("isolation", await conn.fetchval("SHOW transaction_isolation"))
    async with conn.transaction():
        print("cursor", [r[0] async for r in conn.cursor("SELECT g FROM generate_series(1,120) g", prefetch=50)][-1])
        cur = await conn.cursor("SELECT g FROM generate_series(1,10) g")
        await cur.forward(3)
        print("fetch", await cur.fetchrow(), await cur.fetch(2))
    try:
        async with conn.transaction():
            async with conn.transaction():
                await conn.execute("SELECT 1/0")
    except asyncpg.DivisionByZeroError as e:
        print("nested", e.sqlstate)
    print("copy in", await conn.copy_records_to_table("t", records=[(i, "c") for i in range(100, 103)]))
    out = bytearray()
    async def sink(data):
        out.extend(data)
    print("copy out", await conn.copy_from_query("SELECT * FROM t WHERE id >= $1", 101, output=sink), bytes(out))
    got = asyncio.get_running_loop().create_future()
    await conn.add_listener("smoke_a", lambda c, pid, channel, payload: got.set_result((channel, payload)))
    await conn.execute("NOTIFY smoke_a, 'hello'")
    print("notify", await asyncio.wait_for(got, 5))
    try:
        await conn.fetch("SELECT pg_sleep(20)", timeout=0.2)
    except asyncio.TimeoutError:
        print("timeout", await conn.fetchval("SELECT 1"))
    for sql in ("SELECT nosuch", "SELECT * FROM nosuch", "bogus", "SELECT $1::int + 'x'", "INSERT INTO t VALUES (NULL, 'x')", "SELECT $2::int"):
        try:
            await conn.fetch(sql)
        except Exception as e:
            print(type(e).__name__, e)
    st = await conn.prepare("SELECT * FROM t WHERE id = 1")
    await conn.execute("ALTER TABLE t ADD extra int")
    print("after DDL", await conn.fetch("SELECT * FROM t WHERE id = 1"))
    try:
        print(await st.fetch())
    except Exception as e:
        print("stale", type(e).__name__, e)
    await conn.reset()
    await conn.close()
    pool = await asyncpg.create_pool(host="127.0.0.1", port=port, user="postgres", database=sys.argv[2], min_size=2, max_size=4)
    print("pool", sorted(await asyncio.gather(*[pool.fetchval("SELECT $1::int", i) for i in range(10)])))
    await pool.close()

asyncio.run(main(int(sys.argv[1])))
