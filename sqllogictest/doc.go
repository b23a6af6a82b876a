// Package sqllogictest runs sqllogictest scripts against a server over the
// PostgreSQL wire.
//
// A script is a sequence of records with blank lines between them:
//
//	statement ok
//	CREATE TABLE t (a int)
//
//	statement error 42P01 relation "u" does not exist
//	SELECT * FROM u
//
//	query IT rowsort
//	SELECT a, b FROM t
//	----
//	1
//	x
//
// An error may be followed by its SQLSTATE, and by text its message must hold.
// A query names the types of its columns (T text, I integer, R number with
// three decimals) and how rows are sorted before they are compared: nosort,
// rowsort or valuesort. Results are one value a line, NULL for null, (empty)
// for the empty string; "30 values hashing to" and an MD5 stand for many.
// Records after "skipif kalamsql", "skipif postgresql" or "onlyif" of another
// system are left out: this server is expected to do what PostgreSQL does.
package sqllogictest
