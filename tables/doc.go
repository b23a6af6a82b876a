// Package tables keeps rows: transactions over them, their indexes and unique
// constraints, locks, sequences, the stored catalog, and the change set of
// every commit.
//
// # One path for every kind of table
//
// Shared, user, stream and user stream tables differ in two things only. The
// rows of a stream table live in storage's volatile keyspace, which is memory;
// the rows of a table with a slice per user have the user in their keys, so
// that nothing without a user can reach them. Everything else, from locks to
// change sets, is the same code.
//
// # What a transaction sees
//
// A statement reads a snapshot of storage with the transaction's own earlier
// writes on top. The writes are a copy-on-write tree: StartStatement takes a
// copy, so a statement never sees what it writes itself, and a savepoint is a
// copy too. READ COMMITTED takes a new snapshot for each statement, the other
// levels keep the first.
//
// A writer locks a row's key, then reads the newest committed version and
// learns whether it is the one it saw. A unique key is locked before it is
// looked for, so of two transactions that insert it one waits for the other.
//
// # Commit
//
// The tree of writes becomes one batch with the net effect on each row, and the
// same net effect is the change set that is published once the batch is
// durable, and the entry of the change log. Rows are stamped with the commit's
// sequence.
package tables
