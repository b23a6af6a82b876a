# pgtcl: queries, arrays of results, errors, notifications.
package require Pgtcl
lassign $argv port db
set c [pg_connect -conninfo "host=127.0.0.1 port=$port dbname=$db user=postgres"]
pg_execute $c "CREATE TEMP TABLE t (id int PRIMARY KEY, name text)"
puts [pg_execute $c "INSERT INTO t VALUES (1,'a'),(2,NULL)"]
set r [pg_exec $c "SELECT * FROM t ORDER BY id"]
puts "[pg_result $r -status] [pg_result $r -numTuples] [pg_result $r -lAttributes] [pg_result $r -llist]"
pg_result $r -clear
pg_select $c "SELECT id, name FROM t" row { puts "$row(id) $row(name)" }
foreach q {"INSERT INTO t VALUES (1)" "bogus" "SELECT 1/0"} { set r [pg_exec $c $q]; puts "[pg_result $r -status] [pg_result $r -error] [pg_result $r -error sqlstate]"; pg_result $r -clear }
set r [pg_exec_prepared $c [pg_exec $c "PREPARE p AS SELECT 1"; set x p] t]
puts [pg_result $r -llist]
pg_disconnect $c
