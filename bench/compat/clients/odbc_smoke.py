"""ODBC: types, parameters, batches, transactions, cursors, errors and the catalog functions, through pyodbc."""
import datetime, decimal, sys, uuid
import pyodbc
pyodbc.pooling = False
def connect(**more):
    return pyodbc.connect("DRIVER={PostgreSQL Unicode};SERVER=127.0.0.1;PORT=%s;DATABASE=%s;UID=postgres;%s" % (sys.argv[1], sys.argv[2], "".join("%s=%s;" % i for i in more.items())))
def show(*v): print(*[repr(x) for x in v])
for options in ({}, {"UseServerSidePrepare": "0"}, {"UseDeclareFetch": "1", "Fetch": "3"}):
    print("-- options", options)
    c = connect(**options)
    k = c.cursor()
    show(c.getinfo(pyodbc.SQL_DBMS_NAME), c.getinfo(pyodbc.SQL_DBMS_VER), c.getinfo(pyodbc.SQL_MAX_IDENTIFIER_LEN), c.getinfo(pyodbc.SQL_TXN_ISOLATION_OPTION))
    k.execute("DROP TABLE IF EXISTS pet, owner")
    k.execute("CREATE TABLE owner (id serial PRIMARY KEY, name varchar(30) NOT NULL UNIQUE, born date)")
    k.execute("CREATE TABLE pet (id int PRIMARY KEY, owner_id int REFERENCES owner ON DELETE CASCADE, weight numeric(8,2), doc jsonb, note text)")
    c.commit()
    for kind, v in [("int2", 5), ("int4", -7), ("int8", 1 << 40), ("numeric(10,3)", decimal.Decimal("1.500")), ("float8", 0.1), ("bool", True), ("text", "aé€"), ("varchar(9)", "x"), ("bytea", b"\x00\xff"), ("date", datetime.date(2024, 2, 29)), ("timestamp", datetime.datetime(2024, 2, 29, 1, 2, 3, 456000)), ("time", datetime.time(1, 2, 3)), ("uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"), ("jsonb", '{"a": 1}'), ("int4[]", "{1,NULL}"), ("text", None)]:
        row = k.execute("SELECT ?::%s AS v" % kind, v).fetchone()
        show(kind, row.v, k.description[0][1].__name__, k.description[0][3:])
    k.fast_executemany = True
    k.executemany("INSERT INTO owner (name, born) VALUES (?, ?)", [("ann", datetime.date(2000, 1, 2)), ("bob", None), ("cid", datetime.date(1999, 12, 31))])
    show(k.execute("INSERT INTO pet VALUES (1, 1, 1.5, '{\"k\": [1]}', ?)", "long " * 2000).rowcount)
    show(k.execute("SELECT o.name, count(p.id), sum(p.weight), max(length(note)) FROM owner o LEFT JOIN pet p ON p.owner_id = o.id GROUP BY 1 ORDER BY 1").fetchall())
    show(k.execute("UPDATE owner SET name = upper(name) WHERE id > ?", 1).rowcount, k.execute("SELECT name FROM owner ORDER BY id").fetchval())
    c.commit()
    show([tuple(r) for r in k.execute("SELECT g, g * 1.5 FROM generate_series(1, ?) g", 8)])
    k.execute("SELECT 1 AS a; SELECT 'two' AS b")
    show(k.fetchall(), k.nextset(), k.fetchall())
    for bad in ("INSERT INTO owner (name) VALUES ('ann')", "INSERT INTO owner (name) VALUES (NULL)", "INSERT INTO pet (id, owner_id) VALUES (2, 99)", "SELECT nosuch", "bogus", "SELECT 1/0", "SELECT 'x'::int"):
        try:
            k.execute(bad); k.fetchall()
        except pyodbc.Error as e:
            show(type(e).__name__, e.args[0], e.args[1].split(";")[0].split("\n")[0])
        c.rollback()
    k.execute("DELETE FROM pet"); c.rollback(); show(k.execute("SELECT count(*) FROM pet").fetchval())
    c.autocommit = True
    show([r.table_name for r in k.tables(schema="public", tableType="TABLE").fetchall()])
    show([(r.column_name, r.type_name, r.column_size, r.nullable, r.column_def) for r in k.columns(table="owner", schema="public").fetchall()])
    show([(r.column_name, r.pk_name) for r in k.primaryKeys(table="owner", schema="public").fetchall()])
    show([(r.pktable_name, r.fkcolumn_name, r.delete_rule) for r in k.foreignKeys(foreignTable="pet", foreignSchema="public").fetchall()])
    show([(r.index_name, r.non_unique, r.column_name) for r in k.statistics(table="owner", schema="public").fetchall()])
    show(sorted(r.type_name for r in k.getTypeInfo().fetchall())[:40])
    k.execute("CREATE OR REPLACE FUNCTION twice(a int) RETURNS int LANGUAGE sql AS 'SELECT a * 2'")
    show(k.execute("{? = call twice(?)}".replace("? = ", ""), 21).fetchval(), [r.procedure_name for r in k.procedures(schema="public").fetchall()])
    k.execute("DROP FUNCTION twice")
    c.close()
