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
// copy too. When there is much of them they go to files (load.go), which are read
// below the tree. READ COMMITTED takes a new snapshot for each statement, the other
// levels keep the first.
//
// A writer locks a row's key, then reads the newest committed version and
// learns whether it is the one it saw. Under READ COMMITTED it goes on with the
// newest version, wherever its primary key has taken it; above, that is 40001. A
// unique key is locked before it is looked for, so of two transactions that
// insert it one waits for the other.
//
// Row locks and unique keys are locked as names in one table of locks (package
// lock), with PostgreSQL's strengths, in the order of asking. Rolling back to a
// savepoint gives back what was locked since.
//
// # Commit
//
// The tree of writes becomes one batch with the net effect on each row, and the
// same net effect is the change set that is published once the batch is
// durable, and the entry of the change log. Rows are stamped with the commit's
// sequence. A change set has at most one change for a key of storage: it is a
// map from keys to what was there and what is there now, and its order does not
// matter to whoever applies it.
//
// Locks are given back when the commit is visible, which is before it is
// durable. Whoever sees it commits after it, so that a crash cannot keep the one
// and lose the other; and a session shows nobody what it has read before that is
// durable (Seen): before the commits are that have written the keys it looked at, or
// the table where it read a range. With many writers at work there is always a commit
// that is not durable yet, but few results come from it.
//
// # What is in memory only
//
// The rows of stream tables and when their time ends; which rows of a slice came
// first, for max_rows; the newest changes of stream tables, for those who resume
// (ring); what the newest commits have written, while there are serializable
// transactions (recentWrites); where rows have moved lately (moves). All of it
// may be forgotten, and is at a restart.
package tables
