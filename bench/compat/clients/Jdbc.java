// JDBC: types in text and binary, generated keys, batches, savepoints, cursors, COPY, LISTEN, cancel, metadata.
import java.io.*;
import java.math.BigDecimal;
import java.sql.*;
import java.util.*;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

public class Jdbc {
  static void show(Object... v) { StringBuilder b = new StringBuilder(); for (Object o : v) b.append(o instanceof Object[] a ? Arrays.deepToString(a) : o instanceof byte[] y ? Arrays.toString(y) : String.valueOf(o)).append(" | "); System.out.println(b); }
  static void rows(ResultSet r, String... columns) throws SQLException {
    while (r.next()) { Object[] v = new Object[columns.length]; for (int i = 0; i < v.length; i++) v[i] = r.getObject(columns[i]); show(v); }
    r.close();
  }
  public static void main(String[] args) throws Exception {
    TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
    String url = "jdbc:postgresql://127.0.0.1:" + args[0] + "/" + args[1] + "?user=postgres";
    try (Connection c = DriverManager.getConnection(url); Statement s = c.createStatement()) {
      DatabaseMetaData m = c.getMetaData();
      show(m.getDatabaseProductName(), m.getDatabaseMajorVersion(), m.getMaxColumnNameLength(), m.getDefaultTransactionIsolation(), m.supportsSavepoints());
      s.execute("create type mood as enum ('sad', 'happy')");
      s.execute("create table owner (id serial primary key, name varchar(30) not null unique, mood mood default 'sad')");
      s.execute("create table pet (id bigint generated always as identity primary key, owner_id int references owner on delete cascade, weight numeric(8,2) check (weight > 0), tags text[], born timestamptz, loud text generated always as (upper(tags[1])) stored)");
      s.execute("create index pet_owner on pet (owner_id) where weight > 1");
      s.execute("create view heavy as select * from pet where weight > 1");
      s.execute("comment on table owner is 'who owns'");
      for (int round = 0; round < 7; round++) // the sixth is prepared on the server and binary
        try (PreparedStatement p = c.prepareStatement("select ?::int2 a, ?::int4 b, ?::int8 c, ?::numeric d, ?::float8 e, ?::bool f, ?::text g, ?::bytea h, ?::date i, ?::timestamp j, ?::timestamptz k, ?::uuid l, ?::int4[] m, ?::time n")) {
          p.setShort(1, (short) 1); p.setInt(2, -2); p.setLong(3, 1L << 40); p.setBigDecimal(4, new BigDecimal("1.500")); p.setDouble(5, 0.1); p.setBoolean(6, true); p.setString(7, "aé"); p.setBytes(8, new byte[] {0, (byte) 255});
          p.setObject(9, java.time.LocalDate.of(2024, 2, 29)); p.setObject(10, java.time.LocalDateTime.of(2024, 2, 29, 1, 2, 3, 4000)); p.setObject(11, java.time.OffsetDateTime.parse("2024-02-29T01:02:03+02:00")); p.setObject(12, UUID.fromString("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")); p.setArray(13, c.createArrayOf("int4", new Integer[] {1, null})); p.setTime(14, Time.valueOf("03:04:05"));
          ResultSet r = p.executeQuery(); r.next();
          if (round % 6 == 0) { Object[] v = new Object[14]; for (int i = 0; i < 14; i++) v[i] = r.getObject(i + 1) instanceof java.sql.Array a ? (Object) a.getArray() : r.getObject(i + 1); show(v); ResultSetMetaData k = r.getMetaData(); for (int i = 1; i <= 14; i++) System.out.print(k.getColumnTypeName(i) + ":" + k.getColumnType(i) + " "); System.out.println(); }
        }
      try (PreparedStatement p = c.prepareStatement("insert into owner (name, mood) values (?, ?::mood)", Statement.RETURN_GENERATED_KEYS)) {
        for (String n : List.of("ann", "bob", "cid")) { p.setString(1, n); p.setObject(2, "happy", Types.OTHER); p.addBatch(); }
        show(Arrays.toString(p.executeBatch())); rows(p.getGeneratedKeys(), "id", "name", "mood");
      }
      try (PreparedStatement p = c.prepareStatement("insert into pet (owner_id, weight, tags, born) values (?, ?, ?, ?)", new String[] {"id", "loud"})) {
        p.setInt(1, 1); p.setBigDecimal(2, new BigDecimal("1.5")); p.setArray(3, c.createArrayOf("text", new String[] {"a\"b", "c,d"})); p.setTimestamp(4, Timestamp.valueOf("2024-02-29 01:02:03.5")); show(p.executeUpdate()); rows(p.getGeneratedKeys(), "id", "loud");
      }
      for (String bad : List.of("insert into owner (name) values ('ann')", "insert into owner default values", "insert into pet (owner_id) values (99)", "insert into pet (weight) values (-1)", "select nosuch", "bogus", "select 1/0"))
        try { s.execute(bad); } catch (org.postgresql.util.PSQLException e) { var x = e.getServerErrorMessage(); show(e.getSQLState(), x.getMessage(), x.getDetail(), x.getConstraint(), x.getTable(), x.getColumn(), x.getPosition()); }
      c.setAutoCommit(false);
      Savepoint sp = c.setSavepoint("a"); s.executeUpdate("delete from pet"); c.rollback(sp);
      s.setFetchSize(3); ResultSet big = s.executeQuery("select g from generate_series(1, 10) g"); int sum = 0; while (big.next()) sum += big.getInt(1); show("sum", sum); s.setFetchSize(0);
      try (Statement u = c.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE)) { ResultSet r = u.executeQuery("select id, name from owner order by id"); r.last(); show(r.getRow(), r.getString(2)); r.first(); r.updateString("name", "ann2"); r.updateRow(); r.moveToInsertRow(); r.updateString("name", "new"); r.insertRow(); }
      c.commit(); c.setAutoCommit(true);
      rows(s.executeQuery("select * from owner order by id"), "id", "name", "mood");
      c.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE); c.setReadOnly(true); show(c.getTransactionIsolation());
      c.setAutoCommit(false); try { s.execute("insert into owner (name) values ('x')"); } catch (SQLException e) { show(e.getSQLState(), e.getMessage()); } c.rollback(); c.setAutoCommit(true); c.setReadOnly(false);
      var copy = c.unwrap(PGConnection.class).getCopyAPI();
      show(copy.copyIn("copy owner (name) from stdin csv", new StringReader("\"x,1\"\ny\n")));
      StringWriter out = new StringWriter(); copy.copyOut("copy (select name, mood from owner order by id) to stdout", out); show(out.toString().replace("\n", ";"));
      s.execute("listen smoke"); s.execute("notify smoke, 'hello'"); for (PGNotification n : c.unwrap(PGConnection.class).getNotifications(2000)) show(n.getName(), n.getParameter());
      s.setQueryTimeout(1); try { s.execute("select pg_sleep(20)"); } catch (SQLException e) { show(e.getSQLState(), e.getMessage()); } s.setQueryTimeout(0);
      s.execute("create function twice(a int, out b int) language sql as 'select a * 2'");
      try (CallableStatement f = c.prepareCall("{? = call twice(?)}")) { f.registerOutParameter(1, Types.INTEGER); f.setInt(2, 21); f.execute(); show(f.getInt(1)); }
      s.executeUpdate("do_nothing".isEmpty() ? "" : "drop table if exists nosuch"); show(s.getWarnings() == null ? null : s.getWarnings().getMessage());
      rows(m.getTables(null, "public", "%", new String[] {"TABLE", "VIEW"}), "TABLE_SCHEM", "TABLE_NAME", "TABLE_TYPE", "REMARKS");
      rows(m.getColumns(null, "public", "%", null), "TABLE_NAME", "COLUMN_NAME", "DATA_TYPE", "TYPE_NAME", "COLUMN_SIZE", "DECIMAL_DIGITS", "NULLABLE", "COLUMN_DEF", "IS_AUTOINCREMENT", "IS_GENERATEDCOLUMN");
      rows(m.getPrimaryKeys(null, "public", "pet"), "COLUMN_NAME", "KEY_SEQ", "PK_NAME");
      rows(m.getImportedKeys(null, "public", "pet"), "PKTABLE_NAME", "FKCOLUMN_NAME", "DELETE_RULE", "FK_NAME", "PK_NAME", "DEFERRABILITY");
      rows(m.getExportedKeys(null, "public", "owner"), "FKTABLE_NAME", "FKCOLUMN_NAME");
      rows(m.getIndexInfo(null, "public", "pet", false, true), "INDEX_NAME", "NON_UNIQUE", "TYPE", "COLUMN_NAME", "FILTER_CONDITION");
      rows(m.getFunctions(null, "public", "%"), "FUNCTION_NAME", "FUNCTION_TYPE");
      rows(m.getProcedureColumns(null, "public", "twice", "%"), "COLUMN_NAME", "COLUMN_TYPE");
      rows(m.getFunctionColumns(null, "public", "twice", "%"), "COLUMN_NAME", "COLUMN_TYPE", "TYPE_NAME");
      rows(m.getUDTs(null, "public", "%", null), "TYPE_NAME");
      rows(m.getTablePrivileges(null, "public", "owner"), "GRANTEE", "PRIVILEGE");
      rows(m.getBestRowIdentifier(null, "public", "pet", 0, true), "COLUMN_NAME");
      int types = 0; ResultSet t = m.getTypeInfo(); while (t.next()) if (List.of("int4", "text", "jsonb", "mood").contains(t.getString(1))) types++; show(types);
      s.execute("drop view heavy; drop table pet, owner; drop type mood; drop function twice");
    }
  }
}
