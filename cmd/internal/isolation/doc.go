// Package isolation runs scripted interleavings of several sessions, in the
// manner of PostgreSQL's isolationtester: who has to wait, who goes on, what
// each sees, and how each fails. The same scripts (testdata/*.spec) run against
// this server and against PostgreSQL, and what PostgreSQL says is what is
// expected (testdata/*.golden).
//
// # A script
//
//	# a comment, up to the end of the line
//	setup    { CREATE TABLE t (id int PRIMARY KEY); }
//	teardown { DROP TABLE t; }
//	session s1
//	setup { BEGIN; }
//	step a { INSERT INTO t VALUES (1); }
//	step b { COMMIT; }
//	session s2
//	step c { INSERT INTO t VALUES (1); }
//	permutation a c b
//
// There may be several setup blocks, each of which is one query string. Without
// any permutation every interleaving of the sessions' steps is run. Each
// permutation has sessions of its own, which end with it.
//
// # Who waits
//
// A step that does not end is asked about: pg_isolation_test_session_is_blocked
// says whether its session waits for a lock of the other sessions. The runner
// goes on when every session has ended its step or is known to be blocked, so
// that what is printed does not depend on time. Steps that end by the same event
// are printed in the order in which they began.
//
// A step in a permutation may be marked. step(*) ends by a timeout: it is printed
// as waiting whether or not it was seen to wait, and waited for. step(gone) is
// tried once the server has ended the session by itself.
//
// # Deadlocks
//
// PostgreSQL looks for a deadlock when a session has waited for
// deadlock_timeout; here it is found when it comes about, by the session whose wait
// closes the circle. A script makes the victim the same by giving the session
// that is to close the circle a short deadlock_timeout, and the others a long one.
//
// Process numbers, transaction numbers and OIDs in messages are replaced by what
// they name. Transactions of their own that only PostgreSQL has to lock a row
// (tuple locks) are not told apart from the row's holder.
//
// # Where it differs on purpose
//
// A permutation that ends with differs "why" is expected to give another output
// here, which stands in testdata/*.kalamsql.golden. It fails when the outputs are
// the same, so that no mark outlives its reason.
package isolation
