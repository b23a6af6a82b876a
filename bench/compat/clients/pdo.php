<?php // PDO: emulated and native prepares, fetch modes, column metadata, COPY, errors.
[$_, $port, $db] = $argv;
$h = new PDO("pgsql:host=127.0.0.1;port=$port;dbname=$db", "postgres", null, [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
echo "connect ", (int) $h->getAttribute(PDO::ATTR_SERVER_VERSION), "\n";
$h->exec("CREATE TEMP TABLE t (id serial PRIMARY KEY, name text NOT NULL, ok bool, raw bytea, n numeric(8,2))");
$s = $h->prepare("INSERT INTO t (name, ok, raw, n) VALUES (:name, :ok, :raw, :n) RETURNING id");
$raw = "\0\xff"; $s->bindValue("name", "aé"); $s->bindValue("ok", true, PDO::PARAM_BOOL); $s->bindParam("raw", $raw, PDO::PARAM_LOB); $s->bindValue("n", "1.5"); $s->execute();
echo json_encode($s->fetchAll(PDO::FETCH_ASSOC)), " ", $h->lastInsertId(), "\n";
$s = $h->query("SELECT id, name, ok, n, 1.5::float8 AS f, ARRAY[1,2] AS a, now() IS NULL AS z FROM t"); 
for ($i = 0; $i < $s->columnCount(); $i++) { $m = $s->getColumnMeta($i); unset($m["pgsql:table_oid"]); echo json_encode($m), "\n"; }
echo json_encode($s->fetch(PDO::FETCH_NUM)), "\n";
$s = $h->query("SELECT raw FROM t"); $s->bindColumn(1, $lob, PDO::PARAM_LOB); $s->fetch(); echo bin2hex(stream_get_contents($lob)), "\n";
foreach (["INSERT INTO t (name) VALUES (NULL)", "INSERT INTO t (id, name) VALUES (1, 'x')", "SELECT nosuch", "bogus", "SELECT 1/0"] as $q) { try { $h->query($q); } catch (PDOException $e) { echo json_encode($e->errorInfo), "\n"; } }
$h->beginTransaction(); $h->exec("DELETE FROM t"); $h->rollBack(); echo $h->query("SELECT count(*) FROM t")->fetchColumn(), "\n";
$h->pgsqlCopyFromArray("t", ["10\tx\tt\t\\N\t1", "11\ty\tf\t\\N\t2"], "\t", "\\\\N", "id, name, ok, raw, n"); echo json_encode($h->pgsqlCopyToArray("t", "|", "-", "id, name")), "\n";
$s = $h->prepare("SELECT id FROM t ORDER BY id", [PDO::ATTR_CURSOR => PDO::CURSOR_SCROLL]); $s->execute(); echo json_encode([$s->fetch(PDO::FETCH_NUM, PDO::FETCH_ORI_LAST), $s->fetch(PDO::FETCH_NUM, PDO::FETCH_ORI_PRIOR), $s->fetch(PDO::FETCH_NUM, PDO::FETCH_ORI_ABS, 1)]), "\n";
$h->exec("LISTEN smoke_pdo; NOTIFY smoke_pdo, 'hello'"); $n = $h->pgsqlGetNotify(PDO::FETCH_ASSOC, 1000); echo $n["message"], " ", $n["payload"], "\n";
$h->setAttribute(PDO::ATTR_EMULATE_PREPARES, true); $s = $h->prepare("SELECT ?::int + ?::int AS sum"); $s->execute([1, 2]); echo json_encode($s->fetch()), "\n";
$c = pg_connect("host=127.0.0.1 port=$port dbname=$db user=postgres");
pg_query($c, "CREATE TEMP TABLE u (id int PRIMARY KEY, name text NOT NULL DEFAULT 'x', at timestamp)");
echo json_encode(array_map(fn($m) => array_diff_key($m, []), pg_meta_data($c, "u") ?: [])), "\n";
pg_insert($c, "u", ["id" => 1, "name" => "a"]); echo json_encode(pg_select($c, "u", ["id" => 1])), " ", pg_field_table($r = pg_query_params($c, 'SELECT * FROM u WHERE id = $1', [1]), 0), " ", pg_field_type($r, 2), "\n";
@pg_query($c, "SELECT 1/0"); echo pg_last_error($c), "\n"; pg_send_query($c, "INSERT INTO u VALUES (1)"); $r = pg_get_result($c); echo pg_result_error_field($r, PGSQL_DIAG_SQLSTATE), pg_result_error_field($r, PGSQL_DIAG_CONSTRAINT_NAME), "\n";
