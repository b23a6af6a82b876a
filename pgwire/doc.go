// Package pgwire speaks PostgreSQL's frontend/backend protocol, versions 3.0
// and 3.2, on behalf of exec/session. It translates and decides nothing: what a
// statement means, which errors it has and what its transaction state is are
// the session's answers; how they look as bytes is ours.
//
// # One connection
//
// A connection is two goroutines. The reader turns the socket into messages and
// puts them into a bounded queue; the executor takes them out and calls the
// session. Because the reader reads while a statement runs, a client that has
// vanished is noticed at once and its statement is cancelled. The bound is in
// messages and in bytes: a client that sends faster than it is served is held
// back by TCP, and takes nothing from anybody else.
//
// A client that says Terminate has everything it sent before finished, even if
// the socket is gone by then. A socket that ends without Terminate is a client
// that has vanished: what runs is cancelled and what is queued is dropped.
//
// # Failed pipelines
//
// After an error in the extended protocol everything up to the next Sync is
// discarded, a simple Query too, and Sync answers with the one ReadyForQuery.
// Errors of simple queries and of function calls are followed by ReadyForQuery
// at once. CopyData, CopyDone and CopyFail outside COPY are ignored: they are
// what a client had under way when its COPY failed.
//
// # Output
//
// Messages are appended to one buffer that lives as long as the connection, and
// rows are encoded straight into it in the format the client asked for. It is
// written when the client must see it: at ReadyForQuery, Flush, an error of the
// extended protocol, a live result's flush, or when it has grown past
// Options.WriteBuffer. There is never a write per message, and a client that
// does not read blocks only its own executor.
//
// # Cancel keys
//
// Version 3.0 has room for four bytes of secret, 3.2 for all the session has.
// The server remembers which form it told a client and accepts only that form.
package pgwire
