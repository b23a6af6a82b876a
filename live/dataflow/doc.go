// Package dataflow compiles the plan of a live query into operators that turn
// a commit's changes into the exact change of the query's result.
//
// # Signed rows
//
// What flows between operators is a Delta: rows with a weight, +1 for a row
// that came and -1 for a row that went, as in DBSP. An UPDATE enters as its old
// row at -1 and, right behind it, its new row at +1, both with the same ID. An
// operator is a function from the delta of its input to the delta of its
// output; adding deltas up gives the result, so an operator that is right for
// every delta is right for every history.
//
// The ID says which stored row an entry comes from. It lets the end of the flow
// tell a row that changed from one that went while another came, and it carries
// the Cause: why the stored row moved. A row that comes out of a filter by an
// UPDATE has left the result; one that was deleted has been deleted.
//
// # Programs and flows
//
// A Program is compiled once per query. A change and a snapshot bring the table
// descriptor their rows were made under, and that may be an older or a newer
// one than the planner saw, since definitions change while queries live. So a
// Program is bound to a descriptor before it touches a row: For finds every
// used column by its attribute number, which is never reused, and refuses a
// descriptor under which the query would no longer mean the same. The binding,
// a Flow, is immutable and safe for any number of goroutines.
//
// # What there is
//
// A scan of one table, filters and projections: operators without state, so
// that a subscriber can join a running flow at any commit. Operators with state
// (joins, aggregates, windows) are the same interface with a memory behind it.
package dataflow
