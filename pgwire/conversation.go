package pgwire

import (
	"context"
	"time"

	"github.com/kalamsql/kalamsql/exec/session"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Sessions opens conversations and knows what is needed to admit clients.
type Sessions interface {
	// Open starts a conversation for an authenticated user. Its errors are sent
	// as FATAL.
	Open(ctx context.Context, startup session.Startup) (Conversation, error)
	// Login gives what authentication needs to know of a user: the stored SCRAM
	// verifier (empty: none), whether it is a role, whether it may log in.
	Login(user string) (verifier string, role, canLogin bool)
	// Cancel cancels the running statement of a session, if the secret is right.
	Cancel(pid int32, secret []byte) bool
}

// Conversation is one client's session. All methods are called by the
// connection's executor.
type Conversation interface {
	PID() int32
	Secret() []byte
	Env() *types.Env
	ParameterStatuses() []session.ParameterStatus
	ChangedParameters() []session.ParameterStatus
	Status() session.Status

	SimpleQuery(ctx context.Context, sql string, w session.ResultWriter) error
	Parse(ctx context.Context, name, sql string, paramTypes []types.OID) error
	Bind(ctx context.Context, portal, statement string, params []session.Param, resultFormats []int16) error
	DescribeStatement(name string) (params []types.OID, columns []session.ResultColumn, err error)
	DescribePortal(name string) (columns []session.ResultColumn, formats []int16, err error)
	PortalFormats(name string) []int16
	Execute(ctx context.Context, portal string, maxRows int, w session.ResultWriter) error
	FunctionCall(ctx context.Context, oid types.OID, args []session.Param, w session.ResultWriter) error
	CloseStatement(name string)
	ClosePortal(name string)
	Sync(ctx context.Context) error
	Fail()

	// IdleLimit is how long the client may be silent between messages, zero for
	// no bound, and the error that ends the connection then.
	IdleLimit() (time.Duration, error)
	// Wake has f called, by another goroutine, when there may be Notifications; f must
	// not wait.
	Wake(f func())
	Notifications() []session.Notification
	Close()
}
