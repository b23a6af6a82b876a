// Package circuit keeps the result of any SELECT up to date, change by change.
//
// # Collections of rows with identities
//
// A circuit is the query's plan made of operators that remember: each takes the
// changes of its inputs and gives the change of its output, exactly what a run
// before and a run after would differ in. DBSP and differential dataflow do this
// with signed multisets; here every row of every collection has an identity, so a
// collection is a map and a change is an identity with its old and its new row.
// That makes an UPDATE one change on its whole way through filters, joins and
// projections, where weights would make it a row that went and another that came,
// and it makes taking a row out of a memory a look-up instead of a comparison.
//
// A table's row is identified by its storage key, a pair by both its rows'
// identities one after the other, a group by a number. Identities are prefix-free,
// so that concatenation keeps them different, and those of scans and of pairs sort
// as the executor hands rows out: where SQL leaves an order open, the first row of
// DISTINCT or of LIMIT is the one that SELECT gives.
//
// # Operators
//
// Filter and project treat each change alone. A join keeps both sides by key and
// meets each side's changes with what it keeps of the other: the left one's with
// the right as it was, the right one's with the left as it has become. An
// aggregate keeps per group what can be taken back (see expr.Reversible) and the
// ordered values of min and max. A subquery in an expression is a column that a
// lookup adds: the rows that a correlated subquery can have at all are kept by
// what they are compared with (plan.HashedLink), and those that change find the
// rows that looked at them.
//
// A recursion has its step once, over the rows of all rounds, and settles what a
// commit changes round by round (recursion).
//
// Window functions, DISTINCT ON and aggregates with an order keep their rows in it, in
// runs of which each knows what it adds up to (sequence), so that a row's neighbours, its
// number and what is before it are found without going through the others (over, firsts,
// sortedState).
//
// What has no cheaper form is computed anew, for as little as possible: a window
// function with an odd frame for the partitions touched, an aggregate that cannot take back for the
// groups touched (region), LATERAL and subqueries with a LIMIT, an order or a
// function in FROM for the rows around them that are touched
// (dependent), and a part of the plan that is none of this (a recursion that is not
// linear, a LATERAL of an odd shape) as a whole, over the kept rows of its tables
// (evaluation). Its new output is compared with the one before, so that
// whatever is above it is incremental again. The executor does that computing:
// live and exec are neighbours, so it is handed in.
//
// # State, or the stored tables
//
// A circuit keeps what it needs in memory and does not look into the stored tables
// while it runs. Measured over 100,000 rows of some 60 bytes, 1,000 and 10,000 of
// the tables joined to them (MB of heap, and what the meter says):
//
//	two-way join, all columns read       31   53
//	three-way join                       99  100
//	GROUP BY: count, sum, max             6   12
//	ORDER BY LIMIT 100                   33   44
//	rank() over 1,000 partitions         78   70
//	join with one room fixed            0.1  0.1
//	correlated count(*)                 1.2  0.7
//
// Columns that a query does not read are not kept (live drops them before a step).
// Probing storage would do without the first two lines. It was weighed and left:
//
//   - A probe of a table by its key takes 1.8 µs here inside a running statement, and
//     needs a snapshot at the commit that is being processed besides; one of what is
//     kept takes 0.1 µs among 1,000 keys and 0.2 to 0.4 among 100,000.
//   - The worker runs behind the commits. To join a commit's changes with the other
//     side as of that commit it would have to read old versions, which storage keeps
//     for open snapshots only; one snapshot a commit and database would have to be
//     held for every lagging step.
//   - Only a side that is a plain table with an index on the join's columns can be
//     probed; a side that is a join, a group or a subquery must be kept either way.
//   - The worker never waits for a disk. With probes it would, under the hub's lock.
//
// # Sharing
//
// Equal queries of a user share one circuit (live.Hub). Different queries that look
// for the rows of the same table by the same columns share an arrangement of it
// (see Arrangement): what three hundred joins of messages with their authors, each
// for another room, keep of ten thousand authors is 2 MB instead of 610 MB.
//
//   - An arrangement is one of a table's rows, filtered and projected by what depends
//     on the row alone, with the columns that the query reads, by columns of the
//     result. A side of a join that is itself a join, a group or the like is kept by
//     its circuit, and so is one that a parameter has chosen, or any condition where
//     the other side has none: nobody else is likely to want it.
//   - The count of partners that outer joins keep with each row belongs to the
//     circuit: the side that is filled up with NULLs is not shared.
//   - A replay runs in the past and shares nothing.
//   - What is shared counts against the state limit of each who shares it, in full:
//     whether a query may be live does not depend on who else is there.
//
// A circuit's own state is visible in kalam.subscriptions as state_bytes, with the
// number of subscriptions that share it, and what it shares as arranged_bytes.
//
// # One commit, one step
//
// Step is called once per commit, in order, and never fails half: after an error
// the circuit is of no use any more. The first step has the rows there are as its
// changes, or is given them one by one (Begin). Steps can be taken back by stepping with old and new exchanged, which
// is how a subscription resumes from a cursor.
package circuit
