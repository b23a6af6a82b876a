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
// What has no cheaper form is computed anew, for as little as possible: a window
// function for the partitions touched, an aggregate that cannot take back for the
// groups touched (region), a LATERAL with a LIMIT for the left rows touched
// (dependent), and a part of the plan that is none of this (WITH RECURSIVE, a
// LATERAL of an odd shape) as a whole, over the kept rows of its tables
// (evaluation). Its new output is compared with the one before, so that
// whatever is above it is incremental again. The executor does that computing:
// live and exec are neighbours, so it is handed in.
//
// # One commit, one step
//
// Step is called once per commit, in order, and never fails half: after an error
// the circuit is of no use any more. The first step has the rows there are as its
// changes. Steps can be taken back by stepping with old and new exchanged, which
// is how a subscription resumes from a cursor.
package circuit
