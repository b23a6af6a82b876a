// Package storage keeps bytes: an ordered key-value store with one total order
// of commits, durability shared by everyone who commits at the same moment, and
// a change log. It knows nothing of tables or SQL. Of a key it reads only the
// first byte (the keyspace), of a value only the eight bytes it was asked to
// stamp.
//
// # Ordered commit
//
// Every commit takes the next number of one sequence, Seq. Under one short
// mutex the engine takes the number, patches it into the batch, applies the
// batch to Pebble (which copies it into the log's buffer and the memtable but
// does not wait for the disk), applies the volatile part to a copy-on-write
// B-tree, and puts the commit at the end of a queue. From then on the commit is
// visible: Applied has reached it and every later Snapshot contains it, in both
// keyspaces at once.
//
// One goroutine, the syncer, takes commits from the queue strictly in order. It
// waits until the log holding the commit is synced, calls Options.Publish,
// advances Durable and wakes the committer. A committer that waits for its commit
// and finds nobody at that does it itself, since waking the syncer and being woken
// by it would be a tenth of a lone client's commit. Hence:
//
//   - commits are published in the order of their sequence, each exactly once;
//   - nothing is published, and no synced commit returns, before it is durable;
//   - while one fsync runs all the commits that arrive meanwhile share the next
//     one, so throughput grows with the number of committers;
//   - a volatile-only commit never touches the disk but keeps its place: it is
//     published after every commit before it is durable.
//
// The queue is bounded. When it is full committers wait; nothing is dropped.
//
// Commits of many megabytes bring files instead, which the engine takes over under the
// mutex, once the rest of the batch is durable (load.go).
//
// # Visible is not durable
//
// A reader may see a commit (Seq <= Applied) that a crash could still take
// back. Whoever shows data to the outside calls WaitDurable first, with the sequence
// of its snapshot or with the newest that what it shows can come from (Written). When
// nothing is in flight that is one atomic load.
//
// # Rows by their keys
//
// What is read by its key, a row above all, is found in a cache before Pebble is
// asked (rowcache.go). Commits void its entries without looking for them.
//
// # Epochs
//
// Each start of the engine is an epoch, numbered from 1 and recorded durably
// together with the last sequence recovered at that start. After a crash the
// sequence continues from the last commit that survived, so a number handed out
// shortly before the crash (to a commit nobody was told of, or to one whose
// effects were only in memory) can be handed out again in the next epoch. A
// cursor is therefore a pair of epoch and sequence. To judge the cursor
// (epoch e, sequence s) in a later epoch, ask EpochStart(e+1): when s is greater,
// s did not survive and must not be mistaken for the commit that bears the same
// number now.
//
// # When the disk fails
//
// A failed fsync cannot be repeated: the kernel may have dropped the dirty pages
// and reported success to the next caller. So the first error of the log makes
// the engine read-only for the rest of its life. Committers waiting, and all who
// come later, get ErrReadOnly wrapping the cause (and ErrDiskFull where it is
// that); nothing more is published; Durable stands still; the process stays up.
//
// Pebble answers an error of its log with a panic under its own locks, one of
// which a recover cannot survive. The engine therefore stands between Pebble
// and the file system (logFS): an error on a log file is recorded as the
// engine's fault *before* Pebble's call returns, and Pebble is told that all is
// well. Nothing is lost by this white lie, for the syncer believes only the
// fault. From the fault on log writes reach no disk and no file is removed, so
// what a restart recovers is what was durable, possibly followed by commits
// whose committers were told that the outcome is unknown, in order and without
// a gap.
//
// # The change log
//
// A commit may carry one log entry, stored in the same batch under its own
// sequence: it is durable exactly when the commit is. Each stored entry also
// holds its commit time and the running total of log bytes, both of which only
// grow. Retention by age and by bytes is thus a binary search for the first
// entry to keep, and one range deletion, however long the log.
package storage
