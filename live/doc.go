// Package live is the hub: it registers live queries, takes their snapshots,
// turns each published commit into the exact change of each result, and queues
// that change for the connections that watch. What clients may rely on is the
// live contract in the project's documentation; this is how it is kept.
//
// # Order
//
// The store publishes change sets in commit order, after they are durable, from
// one goroutine, the one that also waits for the disk. Publish therefore only
// appends to the hub's inbox. One worker goroutine empties it: it routes a
// commit to dataflows, runs each once, and appends the group to the queue of
// every receiver concerned. It holds the hub's lock while it does so, which
// makes "registered between two commits" a meaningful thing to say. The worker
// waits for nobody: a receiver's queue takes what it is given or its
// subscription is ended. So when the inbox is full and Publish has to wait, it
// waits for a bounded amount of computing, never for a client; that is the
// price of keeping memory bounded without losing a change. Before it comes to
// that, a query that would take minutes over what waits is ended (Hub.shed).
//
// One worker, and not one per core: order is then free, and what a commit costs
// here is proportional to the subscriptions it concerns, not to those there
// are. Encoding, the expensive part, is not done by the worker but by whoever
// first asks a Delta for its bytes, once for all.
//
// # Registration and snapshot
//
// A subscription is registered with its dataflow first. Then its goroutine
// begins a transaction, whose snapshot is at some sequence S. A commit
// processed before the transaction began is at or below S, so nothing needs to
// be kept until then; from just before it on, groups are kept in the
// subscription's backlog, and those at or below S are dropped once S is known.
// After the last batch the rest of the backlog follows, and the subscription is
// live. The worker may be behind S: what it processes later at or below S is
// dropped too (Subscription.after). No sequence is seen twice, and none is
// missed, whatever the interleaving.
//
// Batches leave only after S is durable, and no faster than they are taken. A
// snapshot that waits for its client gives its slot to another.
//
// # Resuming
//
// A cursor names an epoch, one start of the server, and a sequence in it. A
// sequence handed out and lost in a crash may be used again in the next epoch,
// so a cursor of an earlier epoch counts only up to where the next one began.
// The commits since are read from the change log through the same dataflow, up
// to a sequence at which the registered one takes over. All of it is read
// before Subscribe returns, so that "resumed" is known and true when it is
// said; whatever makes the replay inexact or too large makes it a snapshot.
//
// # Sharing
//
// Requests with the same text, of which planning has made the same, and the same
// parameters, slice, database and result columns share one flow, and with it one Delta per
// commit and one encoding. Those of one plan with other parameters share what the plan is
// compiled into (Compiled). A query
// with a stable function does not share: its now() is its own. The dataflow has
// no state, so a subscriber may join at any commit.
//
// # Routing
//
// Flows are found by table, then by user for a table with slices, then by the
// hash of the columns that their condition fixes by = or IN. A change looks up
// the hashes of its old and of its new row in one index per set of columns, so
// it costs what it concerns. Isolation does not depend on a predicate: another
// user's slice is another map.
//
// # Slow consumers
//
// What is queued is bounded in bytes per subscription. At the bound it is ended
// with slow_consumer and the cursor of the last group it was handed, and what
// was queued is dropped; or, if it asked to be coalesced and its result has a
// key, its groups are folded into one with the net change per key. A single
// group is never too large by itself.
//
// # Definitions
//
// Every change brings the table descriptor its rows were made under, and a
// dataflow is bound to a descriptor by attribute numbers (see package
// dataflow). A dropped table ends its subscriptions after the groups of the
// same commit; an altered one ends those that read what has changed and rebinds
// the others. With every new catalog each subscription's right to read is
// checked again.
package live
