package session

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/kalamsql/kalamsql/live"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// listener is a channel the session listens to: plainly, for a query, or both.
type listener struct {
	channel string
	plain   bool
	// sub is the identity of the live query's subscription; empty for none.
	sub string
	// perCommit: group = 'commit', one notification per commit.
	perCommit bool
	// ready: the client asked for a snapshot or resumed, and is told when it is
	// complete.
	ready bool
	// from: it came with a cursor, and is told whether that was resumed from.
	from bool
}

// inbox gives the session's receiver, making it at first use.
func (s *Session) inbox() *live.Receiver {
	if s.receiver == nil {
		s.receiver = s.server.opts.Hub.NewReceiver(live.ReceiverInfo{
			Session: s.pid, User: s.User(), Role: s.Role(), Database: s.database.OID, Transport: s.start.Transport,
		})
		if s.awake != nil {
			s.receiver.Notify(s.awake)
		}
	}
	return s.receiver
}

// Wake has f called when Notifications may have something, by another goroutine, which
// must not be kept waiting. It is called once, before the session listens.
func (s *Session) Wake(f func()) { s.awake = f }

// Listens says whether events may come for the session.
func (s *Session) Listens() bool { return s.receiver != nil }

// Notifications gives what has been notified, in commit order; nil inside a
// transaction block.
func (s *Session) Notifications() []Notification {
	if s.receiver == nil || s.tx.block {
		return nil
	}
	out := s.late
	s.late = nil
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
			payload := `{"op":"ready",`
			if ch.from {
				payload += `"resumed":` + strconv.FormatBool(e.Sub.Resumed()) + `,`
			}
			out = append(out, Notification{PID: s.pid, Channel: ch.channel, Payload: payload + `"cursor":` + quoteJSON(e.Cursor) + `}`})
		}
	case *live.Changes:
		for _, part := range e.Parts {
			if ch := s.channelOf(part.Sub.ID()); ch != nil {
				out = s.notifyPart(out, ch, e, part)
			}
		}
	case *live.End:
		if e.Sub == nil { // of all plain channels: NOTIFY has no word for it but this one
			for _, l := range s.listening {
				if l.plain {
					out = append(out, Notification{PID: s.pid, Channel: l.channel, Payload: endPayload(e)})
					l.plain = false
					s.forgetIdle(l)
				}
			}
			return out
		}
		if ch := s.channelOf(e.Sub.ID()); ch != nil {
			out = append(out, Notification{PID: s.pid, Channel: ch.channel, Payload: endPayload(e)})
			ch.sub = ""
			s.forgetIdle(ch)
		}
	}
	return out
}

func endPayload(e *live.End) string {
	return `{"op":"end","code":` + quoteJSON(string(e.Code)) + `,"reason":` + quoteJSON(e.Reason) + `,"cursor":` + quoteJSON(e.Cursor) + `}`
}

// forgetIdle forgets a channel that is not listened to any more.
func (s *Session) forgetIdle(l *listener) {
	if !l.plain && l.sub == "" {
		delete(s.listening, l.channel)
	}
}

// notifyPart makes the notifications of one commit: one per changed row, or
// one in all. They are encoded once for all who listen this way.
func (s *Session) notifyPart(out []Notification, ch *listener, e *live.Changes, part live.Part) []Notification {
	if ch.perCommit {
		payload := part.Delta.Encoded(notifyCommit{}, func() []byte {
			b := append([]byte(`{"op":"changes","cursor":`), quoteJSON(e.Cursor)...)
			if part.Coalesced {
				b = append(b, `,"coalesced":true`...)
			}
			b = append(append(b, `,"changes":`...), part.Delta.JSON()...)
			return append(b, '}')
		})
		return append(out, Notification{PID: s.pid, Channel: ch.channel, Payload: string(payload)})
	}
	// The payloads of a commit are kept one after the other, with their ends.
	packed := part.Delta.Encoded(notifyRows{}, func() []byte {
		return live.AppendChangePayloads(nil, part.Sub.Schema(), part, e.Cursor)
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
	if stmt.Query == nil {
		s.tx.listens = append(s.tx.listens, listening{channel: stmt.Channel})
		return "LISTEN", nil
	}
	group, options := "", make([]*ast.DefElem, 0, len(stmt.Options))
	for _, o := range stmt.Options {
		if o.Name == "group" {
			group = optionString(o)
		} else {
			options = append(options, o)
		}
	}
	opts, err := subscribeOptions(options, live.Options{})
	if err != nil {
		return "", err
	}
	w, _, err := s.planWatched(stmt.Query, len(params))
	if err != nil {
		return "", err
	}
	return "LISTEN", s.listenFor(stmt.Channel, w, params, opts, group)
}

// listenFor has a channel listen for a query from the commit on.
func (s *Session) listenFor(channel string, w *watched, params []types.Datum, opts live.Options, group string) error {
	if t := s.start.Transport; t == "websocket" || t == "http" {
		return sqlerr.Unsupported("LISTEN ... FOR here").WithHint(`Send a "subscribe" message over the WebSocket instead.`)
	}
	if group != "" && group != "commit" && group != "row" {
		return sqlerr.New(sqlerr.InvalidParameterValue, `invalid value for option "group": "%s"`, group)
	}
	if s.listensFor(channel) {
		return sqlerr.New(sqlerr.DuplicateObject, `channel "%s" is in use for another query`, channel).WithHint("UNLISTEN it first.")
	}
	if _, _, err := live.DecodeCursor(opts.From); opts.From != "" && err != nil {
		return err
	}
	req, err := s.requestPlan(w, params, opts)
	if err != nil {
		return err
	}
	asker, query, planned := s.asker(), w.query, w.plan.Params
	again := func() (*live.Request, error) {
		if s.asker() != asker { // as whom it was said is over
			return nil, live.Redefined()
		}
		w, _, err := s.planWatched(query, len(params))
		if err != nil {
			return nil, err
		}
		given := slices.Clone(params)
		for i, t := range w.plan.Params {
			if given[i].IsNull() || t.Same(planned[i]) {
				continue
			}
			if given[i], err = t.Input(string(planned[i].AppendText(nil, given[i], s.settings.env)), types.NoTypmod, s.settings.env); err != nil {
				return nil, err
			}
		}
		return s.requestPlan(w, given, opts)
	}
	s.tx.listens = append(s.tx.listens, listening{channel: channel, query: req, again: again, perCommit: group == "commit"})
	return nil
}

// listensFor says whether a channel will be in use for a query after the commit.
func (s *Session) listensFor(channel string) bool {
	l := s.listening[channel]
	used := l != nil && l.sub != ""
	for _, l := range s.tx.listens {
		switch {
		case l.stop && (l.channel == "" || l.channel == channel):
			used = false
		case l.query != nil && l.channel == channel:
			used = true
		}
	}
	return used
}

// requestPlan makes the request for a planned live query. Its text is the
// canonical one, so that queries that differ in spelling alone share a
// dataflow.
func (s *Session) requestPlan(w *watched, params []types.Datum, opts live.Options) (*live.Request, error) {
	if err := s.authorize(w.plan); err != nil {
		return nil, err
	}
	if err := s.server.opts.Hub.Check(w.plan); err != nil {
		return nil, err
	}
	s.nextSub++
	now, env, clock := s.server.opts.Now(), s.settings.env, s.server.opts.Now
	return &live.Request{
		ID: "q" + formatInt(int64(s.nextSub)), Text: w.text, Plan: w.plan, AsOf: w.asOf, Compiled: w.compiled, Dated: w.dated, Unordered: s.unordered(w.plan, w.query, opts), Params: params, User: s.User(), Options: opts,
		EvalContext: func() *expr.Context {
			return &expr.Context{Ctx: context.Background(), Env: env, Params: params, TxTime: now, StatementTime: now, Clock: clock, Host: w.host}
		},
		Allowed: w.allowed, Means: w.means,
	}, nil
}

// unordered plans a live query without its order for last_rows; nil if that changes more.
func (s *Session) unordered(p *plan.Plan, q *ast.SelectStmt, opts live.Options) *plan.Plan {
	if opts.LastRows <= 0 || len(q.OrderBy) == 0 || q.Limit != nil || q.Offset != nil || q.DistinctOn != nil || q.SetOp != ast.SetNone {
		return nil
	}
	plain := *q
	plain.OrderBy = nil
	un, err := plan.Statement(s.watchEnv(), &plain, p.Params, len(p.Params))
	if err != nil {
		return nil
	}
	return un
}

// subscribeOptions reads the options of LISTEN ... FOR and SUBSCRIBE TO.
func subscribeOptions(list []*ast.DefElem, opts live.Options) (live.Options, error) {
	for _, o := range list {
		switch o.Name {
		case "snapshot":
			var err error
			if opts.Snapshot, err = booleanOption(o); err != nil {
				return opts, err
			}
		case "last_rows":
			c, ok := o.Value.(*ast.Const)
			if !ok || c.Kind != ast.ConstInteger || c.Int < 0 {
				return opts, sqlerr.New(sqlerr.InvalidParameterValue, `invalid value for option "last_rows"`).At(o.Pos())
			}
			opts.Snapshot, opts.LastRows = true, int(c.Int)
		case "batch_size":
			c, ok := o.Value.(*ast.Const)
			if !ok || c.Kind != ast.ConstInteger || c.Int < 0 {
				return opts, sqlerr.New(sqlerr.InvalidParameterValue, `invalid value for option "batch_size"`).At(o.Pos())
			}
			opts.BatchSize = int(c.Int)
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
		default:
			return opts, sqlerr.New(sqlerr.InvalidParameterValue, `unrecognized option "%s"`, o.Name).At(o.Pos())
		}
	}
	return opts, nil
}
