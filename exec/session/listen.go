package session

import (
	"context"
	"encoding/json"

	"github.com/kalamsql/kalamsql/live"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// listener is a channel the session listens to: plainly, or for a query.
type listener struct {
	channel string
	// sub is the identity of the live query's subscription; empty for a plain
	// channel.
	sub string
	// perCommit: group = 'commit', one notification per commit.
	perCommit bool
	// ready: the client asked for a snapshot or resumed, and is told when it is
	// complete.
	ready bool
}

// inbox gives the session's receiver, making it at first use.
func (s *Session) inbox() *live.Receiver {
	if s.receiver == nil {
		s.receiver = s.server.opts.Hub.NewReceiver(live.ReceiverInfo{
			Session: s.pid, User: s.User(), Role: s.Role(), Database: s.database.OID, Transport: s.start.Transport,
		})
	}
	return s.receiver
}

// Wake receives when Notifications may have something. Nil, which never
// receives, until the session listens.
func (s *Session) Wake() <-chan struct{} {
	if s.receiver == nil {
		return nil
	}
	return s.receiver.Ready()
}

// Notifications gives what has been notified, in commit order; nil inside a
// transaction block.
func (s *Session) Notifications() []Notification {
	if s.receiver == nil || s.tx.block {
		return nil
	}
	var out []Notification
	for _, e := range s.receiver.Take(notificationBytes) {
		out = s.notify(out, e)
	}
	return out
}

// notificationBytes bounds what one call of Notifications hands out.
const notificationBytes = 1 << 20

// notify turns one event into NotificationResponses.
func (s *Session) notify(out []Notification, e live.Event) []Notification {
	switch e := e.(type) {
	case *live.Notification:
		return append(out, Notification{PID: e.PID, Channel: e.Channel, Payload: e.Payload})
	case *live.SnapshotBatch:
		ch := s.channelOf(e.Sub.ID())
		if ch == nil {
			return out
		}
		schema := e.Sub.Schema()
		for _, row := range e.Rows {
			payload := append([]byte(`{"op":"snapshot","row":`), live.AppendRowJSON(nil, schema, row)...)
			out = append(out, Notification{PID: s.pid, Channel: ch.channel, Payload: string(append(payload, '}'))})
		}
		if !e.More && ch.ready {
			out = append(out, Notification{PID: s.pid, Channel: ch.channel, Payload: `{"op":"ready","cursor":` + quoteJSON(e.Cursor) + `}`})
		}
	case *live.Changes:
		for _, part := range e.Parts {
			if ch := s.channelOf(part.Sub.ID()); ch != nil {
				out = s.notifyPart(out, ch, e, part)
			}
		}
	case *live.End:
		ch := s.channelOf(e.Sub.ID())
		if ch == nil {
			return out
		}
		delete(s.listening, ch.channel)
		out = append(out, Notification{PID: s.pid, Channel: ch.channel,
			Payload: `{"op":"end","code":` + quoteJSON(string(e.Code)) + `,"reason":` + quoteJSON(e.Reason) + `,"cursor":` + quoteJSON(e.Cursor) + `}`})
	}
	return out
}

// notifyPart makes the notifications of one commit: one per changed row, or
// one in all. They are encoded once for all who listen this way.
func (s *Session) notifyPart(out []Notification, ch *listener, e *live.Changes, part live.Part) []Notification {
	if ch.perCommit {
		payload := part.Delta.Encoded(notifyCommit{}, func() []byte {
			b := append([]byte(`{"op":"changes","cursor":`), quoteJSON(e.Cursor)...)
			b = append(append(b, `,"changes":`...), part.Delta.JSON()...)
			return append(b, '}')
		})
		return append(out, Notification{PID: s.pid, Channel: ch.channel, Payload: string(payload)})
	}
	// The payloads of a commit are kept one after the other, with their ends.
	packed := part.Delta.Encoded(notifyRows{}, func() []byte {
		return live.AppendChangePayloads(nil, part.Sub.Schema(), part.Delta, e.Cursor)
	})
	for _, payload := range live.SplitPayloads(packed) {
		out = append(out, Notification{PID: s.pid, Channel: ch.channel, Payload: payload})
	}
	return out
}

// notifyCommit and notifyRows key the encodings that Delta keeps.
type (
	notifyCommit struct{}
	notifyRows   struct{}
)

func quoteJSON(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(b)
}

func (s *Session) channelOf(sub string) *listener {
	for _, l := range s.listening {
		if l.sub == sub && sub != "" {
			return l
		}
	}
	return nil
}

// listen runs LISTEN, plain and FOR a query.
func (s *Session) listen(ctx context.Context, stmt *ast.ListenStmt, params []types.Datum) (string, error) {
	if stmt.Query != nil {
		opts, err := subscribeOptions(stmt.Options, live.Options{})
		if err != nil {
			return "", err
		}
		group := ""
		for _, o := range stmt.Options {
			if o.Name == "group" {
				group = optionString(o)
				if group != "commit" && group != "row" {
					return "", sqlerr.New(sqlerr.InvalidParameterValue, `invalid value for option "group": "%s"`, group)
				}
			}
		}
		return "LISTEN", s.listenFor(ctx, stmt.Channel, stmt.Query, stmt.QueryText, params, opts, group == "commit")
	}
	channel := stmt.Channel
	s.tx.listens = append(s.tx.listens, listening{channel, func() { s.listenTo(channel) }})
	return "LISTEN", nil
}

// listenFor subscribes to a query under a channel.
func (s *Session) listenFor(ctx context.Context, channel string, q *ast.SelectStmt, text string, params []types.Datum, opts live.Options, perCommit bool) error {
	if old := s.listening[channel]; old != nil && old.sub != "" {
		return sqlerr.New(sqlerr.DuplicateObject, `channel "%s" is in use for another query`, channel).WithHint("UNLISTEN it first.")
	}
	req, err := s.request(q, text, params, opts)
	if err != nil {
		return err
	}
	l := &listener{channel: channel, sub: req.ID, perCommit: perCommit, ready: opts.Snapshot || opts.From != ""}
	s.listening[channel] = l
	if _, err := s.inbox().Subscribe(ctx, *req); err != nil {
		delete(s.listening, channel)
		return err
	}
	return nil
}

// atCommit defers an effect to the end of the transaction, where it is dropped
// if that is a rollback.
func (s *Session) atCommit(f func()) { s.tx.listens = append(s.tx.listens, listening{effect: f}) }

// listening is a LISTEN or UNLISTEN that waits for its commit.
type listening struct {
	channel string // of LISTEN
	effect  func()
}

// listenTo listens to a plain channel.
func (s *Session) listenTo(channel string) {
	s.inbox().Listen(s.database.OID, channel)
	if s.listening[channel] == nil {
		s.listening[channel] = &listener{channel: channel}
	}
}

// listenEarly begins what the transaction's LISTENs ask for, and gives the
// channels that are new, for when it cannot commit.
func (s *Session) listenEarly() (opened []string) {
	for _, l := range s.tx.listens {
		if l.channel != "" && s.listening[l.channel] == nil {
			opened = append(opened, l.channel)
			s.listenTo(l.channel)
		}
	}
	return opened
}

// unlisten runs UNLISTEN.
func (s *Session) unlisten(stmt *ast.UnlistenStmt) (string, error) {
	if stmt.Channel == "" {
		s.atCommit(s.unlistenAll)
		return "UNLISTEN", nil
	}
	s.atCommit(func() { s.unlistenChannel(stmt.Channel) })
	return "UNLISTEN", nil
}

// hearOut waits, when the transaction that ends says LISTEN or UNLISTEN, until what
// others have committed before is queued: who begins to listen does not hear that,
// and who stops still does.
func (s *Session) hearOut(ctx context.Context) {
	if len(s.tx.listens) > 0 {
		_ = s.server.opts.Hub.Await(ctx, s.store().Durable()) // LISTEN stands whatever becomes of the wait
	}
}

func (s *Session) unlistenAll() {
	for channel := range s.listening {
		s.unlistenChannel(channel)
	}
}

func (s *Session) unlistenChannel(channel string) {
	l := s.listening[channel]
	if l == nil {
		return
	}
	delete(s.listening, channel)
	if l.sub != "" {
		s.receiver.Unsubscribe(l.sub)
		return
	}
	s.receiver.Unlisten(channel)
}

// request plans a live query for the session's user.
func (s *Session) request(q *ast.SelectStmt, text string, params []types.Datum, opts live.Options) (*live.Request, error) {
	p, err := plan.Statement(s.watchEnv(), q, nil, len(params))
	if err != nil {
		return nil, err
	}
	return s.requestPlan(p, q, params, opts)
}

// requestPlan makes the request for a planned live query. Its text is the
// canonical one, so that queries that differ in spelling alone share a
// dataflow.
func (s *Session) requestPlan(p *plan.Plan, q *ast.SelectStmt, params []types.Datum, opts live.Options) (*live.Request, error) {
	if err := s.authorize(p); err != nil {
		return nil, err
	}
	if err := s.server.opts.Hub.Check(p); err != nil {
		return nil, err
	}
	s.nextSub++
	now := s.server.opts.Now()
	user, roleName := s.User(), s.Role()
	host := &expr.StaticHost{User: roleName, Login: s.start.User, Kalam: user, DB: s.database.Name, Path: s.Schemas(false)}
	if p.Volatility != expr.Immutable {
		host.Settings = s.settings.custom() // a live query keeps those it began with
	}
	env := s.settings.env
	roleOID := s.role().OID
	return &live.Request{
		ID: "q" + formatInt(int64(s.nextSub)), Text: parser.Deparse(q), Plan: p, Params: params, User: user, Options: opts,
		EvalContext: func() *expr.Context {
			return &expr.Context{Ctx: context.Background(), Env: env, Params: params, TxTime: now, StatementTime: now, Clock: s.server.opts.Now, Host: host}
		},
		Allowed: s.server.stillAllowed(roleOID, p), Means: stillMeans(roleOID, p),
	}, nil
}

// subscribeOptions reads the options of LISTEN ... FOR and SUBSCRIBE TO.
func subscribeOptions(list []*ast.DefElem, opts live.Options) (live.Options, error) {
	for _, o := range list {
		switch o.Name {
		case "snapshot":
			opts.Snapshot = optionBool(o)
		case "last_rows":
			c, ok := o.Value.(*ast.Const)
			if !ok || c.Kind != ast.ConstInteger || c.Int < 0 {
				return opts, sqlerr.New(sqlerr.InvalidParameterValue, `invalid value for option "last_rows"`).At(o.Pos())
			}
			opts.Snapshot, opts.LastRows = true, int(c.Int)
		case "batch_size":
			if c, ok := o.Value.(*ast.Const); ok {
				opts.BatchSize = int(c.Int)
			}
		case "from":
			opts.From = optionString(o)
		case "heartbeat":
			d, ok := parseDuration(optionString(o))
			if !ok || d < 0 {
				return opts, sqlerr.New(sqlerr.InvalidParameterValue, `invalid value for option "heartbeat"`).At(o.Pos())
			}
			opts.Heartbeat = d
		case "slow":
			switch optionString(o) {
			case "close":
				opts.Slow = live.Close
			case "coalesce":
				opts.Slow = live.Coalesce
			default:
				return opts, sqlerr.New(sqlerr.InvalidParameterValue, `invalid value for option "slow": "%s"`, optionString(o)).At(o.Pos())
			}
		case "group":
		default:
			return opts, sqlerr.New(sqlerr.InvalidParameterValue, `unrecognized option "%s"`, o.Name).At(o.Pos())
		}
	}
	return opts, nil
}
