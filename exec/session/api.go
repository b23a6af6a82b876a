package session

import (
	"context"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// ResultColumn describes a column of a result as RowDescription does.
type ResultColumn struct {
	Name   string
	Type   *types.Type
	Typmod int32
	Table  types.OID // pg_class OID of the column's table, or 0
	Num    int16     // attribute number, or 0
	// Binary: it is one of a BINARY cursor, and goes out so unless the client has said how.
	Binary bool
}

// ResultWriter receives what a statement produces. pgwire writes it as
// messages, live/ws as JSON. An error from any method (the client has gone)
// ends the statement. A writer is used by one goroutine.
type ResultWriter interface {
	// Columns announces the rows of a result; for the extended protocol, where
	// Describe has told them already, it is called too and may be ignored.
	Columns(columns []ResultColumn) error
	// Row takes one row; it is valid only during the call.
	Row(row types.Row) error
	// Complete ends a statement with its command tag: "SELECT 3".
	Complete(tag string) error
	// Suspended ends an Execute whose row limit was reached.
	Suspended() error
	// Empty answers an empty query.
	Empty() error
	// Notice passes a notice or warning on at its place in the output.
	Notice(n *sqlerr.Error) error
	// Flush sends what has been written: a live result has nothing more now.
	Flush() error
	// CopyIn starts COPY FROM STDIN and gives the client's data.
	CopyIn(format CopyFormat) (CopySource, error)
	// CopyOut starts COPY TO STDOUT; CopyData follows, then CopyDone.
	CopyOut(format CopyFormat) error
	CopyData(data []byte) error
	CopyDone() error
}

// CopyFormat is what CopyInResponse and CopyOutResponse carry.
type CopyFormat struct {
	Binary  bool
	Columns int
}

// CopySource reads the data of COPY FROM STDIN.
type CopySource interface {
	// Next gives the next piece, split anywhere; io.EOF after CopyDone. CopyFail
	// is 57014. The bytes are valid until the next call.
	Next(ctx context.Context) ([]byte, error)
}

// Param is a bound parameter as the client sent it.
type Param struct {
	Null   bool
	Binary bool
	Value  []byte // owned by the session after Bind
}

// Notification is a NotificationResponse.
type Notification struct {
	PID              int32
	Channel, Payload string
}

// Startup is what a client says before its first statement. Whoever fills it
// has authenticated User already.
type Startup struct {
	User     string
	Database string            // empty: the user's name
	Settings map[string]string // startup parameters, options' -c among them
	Remote   string            // address, for the log and pg_stat_activity
	Local    string            // the server's own address that the client has connected to
	TLS      *Encryption       // nil: it is not encrypted
	// Transport is "pgwire", "websocket" or "http".
	Transport string
	// EndUser: User is no role but a name from a token or from trust; it acts
	// with the privileges of kalam_user.
	EndUser bool
	// End, when set, ends the connection with a last word, from any goroutine:
	// pg_terminate_backend. Without it only the running statement ends.
	End func(cause *sqlerr.Error)
	// Role, when set, is the role whose privileges an end user acts with.
	Role string
}

// Encryption is how a connection is encrypted, as pg_stat_ssl names it.
type Encryption struct {
	Version, Cipher string
	Bits            int
}

// Status is the transaction status byte of ReadyForQuery: 'I', 'T' or 'E'.
type Status byte

// ParameterStatus is a reported setting and its value.
type ParameterStatus struct{ Name, Value string }
