// Package pgcatalog is the system's own relations: pg_catalog and
// information_schema, with the names, types and order of columns that
// PostgreSQL 15 has, and the functions that read them.
//
// # What is there
//
// Every relation that PostgreSQL 15 has in the two schemas exists here, with
// PostgreSQL's OID and columns: pg15/relations.tsv is recorded from it
// (pg15/record.sh). A relation gets its rows from three places:
//
//   - built-in objects: pg15/NAME.tsv, PostgreSQL's own rows, kept where this
//     server has the object too (data.go);
//   - the objects of the catalog: a maker, a function that adds the rows for
//     one version of the definitions, one file for each family of relations;
//   - the session, for what only it knows (pg_settings, pg_stat_activity):
//     package session makes those rows itself, and takes only the descriptor
//     from here (View).
//
// A relation with none of them is empty. Queries run through the ordinary
// planner and executor; nothing here looks at a query's text.
//
// # Versions and lookups
//
// A catalog.Catalog is immutable, so the rows of a relation are made once for
// a version, at the first query that reads it, and are shared by all sessions.
// A transaction that has changed definitions has a Snapshot of its
// own for every statement. A snapshot is made from an earlier one, and makes
// only the rows of what has changed since (parts.go). Catalog queries ask for "the row with that OID" in
// correlated subqueries and joins, for every row of another relation; such a lookup is
// answered from a hash index on the column, made at its first use. The planner is
// told how many rows there are, and how many values in a column.
//
// # Expressions
//
// Descriptors keep the text that the user wrote. What PostgreSQL shows is the
// analysed expression written out again (CHECK (a > '5') of a text column is
// (a > '5'::text)), so the columns of type pg_node_tree hold that text, made by
// binding the expression and printing it, and pg_get_expr gives it back.
package pgcatalog
