// Package pgwire speaks PostgreSQL's frontend/backend protocol, versions 3.0
// and 3.2, on behalf of exec/session. It translates and decides nothing: what a
// statement means, which errors it has and what its transaction state is are
// the session's answers; how they look as bytes is ours.
//
// # One connection
//
// A connection is one goroutine, the executor: it reads a message, calls the
// session, answers, and reads on. Handing messages from a reader to an executor
// would cost every statement two switches between goroutines, a third of a point
// SELECT. Whoever wants the executor while it waits for a message, because there
// is a notification or the server shuts down, kicks it: a read deadline in the
// past ends the wait, between two messages only (inbound.go).
//
// Behind a statement that runs long somebody reads ahead, so that a client that
// has vanished is noticed and its statement cancelled: the server looks for such
// statements every tenth of a second. What has been read ahead is bounded in
// messages and in bytes: a client that sends faster than it is served is held
// back by TCP, and takes nothing from anybody else. When the executor wants to
// read again, reading ahead stops first.
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
