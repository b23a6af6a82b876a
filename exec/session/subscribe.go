package session

import (
	"context"
	"errors"
	"time"

	"github.com/kalamsql/kalamsql/exec"
	"github.com/kalamsql/kalamsql/live"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// rowFeed hands the events of one live query out as rows: SUBSCRIBE TO, in all
// the ways it can be read. It has a receiver of its own, so that a session can
// listen and read feeds at once.
type rowFeed struct {
	receiver *live.Receiver
	width    int
	pending  []types.Row
	cursor   string // where whoever has read all rows so far goes on
	ended    error
	done     bool
}

// subscribeColumns describes the rows of SUBSCRIBE TO: what happened, then the
// query's own columns.
func subscribeColumns(p *plan.Plan) []ResultColumn {
	cols := []ResultColumn{
		{Name: "_cursor", Type: types.Text, Typmod: types.NoTypmod},
		{Name: "_op", Type: types.Text, Typmod: types.NoTypmod},
		{Name: "_reason", Type: types.Text, Typmod: types.NoTypmod},
		{Name: "_old", Type: types.JSONB, Typmod: types.NoTypmod},
	}
	return append(cols, resultColumns(p.Root.Columns())...)
}

// newRowFeed subscribes.
func (s *Session) newRowFeed(ctx context.Context, stmt *ast.SubscribeStmt, params []types.Datum) (*rowFeed, []ResultColumn, error) {
	opts, err := subscribeOptions(stmt.Options, live.Options{Snapshot: true})
	if err != nil {
		return nil, nil, err
	}
	f := &rowFeed{receiver: s.server.opts.Hub.NewReceiver(live.ReceiverInfo{Session: s.pid, User: s.User(), Role: s.Role(), Database: s.database.OID, Transport: s.start.Transport})}
	var p *plan.Plan
	if _, err := upToDate(func() (*live.Subscription, error) {
		w, _, err := s.planWatched(stmt.Query, len(params))
		if err != nil {
			return nil, err
		}
		req, err := s.requestPlan(w, params, opts)
		if err != nil {
			return nil, err
		}
		p = w.plan
		if err := s.committed(p); err != nil {
			return nil, err
		}
		f.width = len(p.Root.Columns())
		return f.receiver.Subscribe(ctx, *req)
	}); err != nil {
		f.close()
		return nil, nil, err
	}
	return f, subscribeColumns(p), nil
}

// replans is how often definitions may change between the planning of a live query and its
// subscription, one time after the other.
const replans = 20

// upToDate plans a live query and subscribes to it, again where definitions have changed in between.
func upToDate(subscribe func() (*live.Subscription, error)) (sub *live.Subscription, err error) {
	for range replans {
		if sub, err = subscribe(); !errors.Is(err, live.ErrRedefined) {
			break
		}
	}
	return sub, err
}

// committed refuses a query of tables that are, as it was planned, the open transaction's
// alone: whoever subscribes hears of commits, from the statement on.
func (s *Session) committed(p *plan.Plan) (err error) {
	is := s.store().Catalog()
	if s.tx.tx == nil || s.tx.tx.Catalog() == is {
		return nil
	}
	plan.EachNode(p.Root, func(n plan.Node) {
		scan, ok := n.(*plan.Scan)
		if !ok || err != nil {
			return
		}
		what := "altered"
		switch is.Table(scan.Table.OID) {
		case scan.Table:
			return
		case nil:
			what = "created"
		}
		err = sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, `cannot subscribe to table "%s" in the transaction that has %s it`, scan.Table.Name, what).
			WithHint("Commit first, or use LISTEN ... FOR, which takes effect with the commit.")
	})
	return err
}

func (f *rowFeed) close() { f.receiver.Close() }

// take moves what the receiver has into pending rows.
func (f *rowFeed) take(s *Session) {
	for _, e := range f.receiver.Take(notificationBytes) {
		switch e := e.(type) {
		case *live.SnapshotBatch:
			for _, r := range e.Rows {
				f.add("", "snapshot", "", nil, r)
			}
			if !e.More {
				reason := ""
				if e.Sub.Resumed() {
					reason = "resumed"
				}
				f.cursor = e.Cursor
				f.add(f.cursor, "ready", reason, nil, nil)
			}
		case *live.Changes:
			for p, part := range e.Parts {
				schema := part.Sub.Schema()
				for i, c := range part.Delta.Changes {
					// Whoever has read only some of a commit's rows goes on before it.
					if p == len(e.Parts)-1 && i == len(part.Delta.Changes)-1 {
						f.cursor = e.Cursor
					}
					var old []byte
					if c.Old != nil {
						old = live.AppendRowJSON(nil, schema, c.Old)
					}
					row := c.Row
					if row == nil {
						row = c.Old
					}
					reason := string(c.Reason)
					if part.Coalesced && reason == "" {
						reason = "coalesced" // there is no group to say it on
					}
					f.add(f.cursor, string(c.Op), reason, old, row)
				}
			}
		case *live.Heartbeat:
			f.cursor = e.Cursor
			f.add(f.cursor, "heartbeat", "", nil, nil)
		case *live.End:
			f.done = true
			f.ended = sqlerr.New(e.Code, "%s", e.Message).WithDetail("reason %s, cursor %s", e.Reason, e.Cursor)
		}
	}
}

// add makes one row of the feed.
func (f *rowFeed) add(cursor, op, reason string, old []byte, row types.Row) {
	out := make(types.Row, 4+f.width)
	if cursor != "" {
		out[0] = types.String(cursor)
	}
	out[1] = types.String(op)
	if reason != "" {
		out[2] = types.String(reason)
	}
	if old != nil {
		if v, err := types.JSONB.Input(string(old), types.NoTypmod, types.DefaultEnv); err == nil {
			out[3] = v
		}
	}
	copy(out[4:], row)
	f.pending = append(f.pending, out)
}

// next gives the next row, waiting for one; nil when wait ends first or the
// feed has ended. flush is called before it waits.
func (f *rowFeed) next(ctx context.Context, s *Session, wait <-chan time.Time, flush func() error) (types.Row, error) {
	for len(f.pending) == 0 {
		f.take(s)
		if len(f.pending) > 0 {
			break
		}
		if f.done {
			return nil, f.ended
		}
		if err := flush(); err != nil {
			return nil, err
		}
		select {
		case <-f.receiver.Ready():
		case <-wait:
			return nil, nil
		case <-ctx.Done():
			return nil, exec.Cancelled(ctx)
		}
	}
	row := f.pending[0]
	f.pending = f.pending[1:]
	return row, nil
}

// subscribeRows runs SUBSCRIBE TO as a statement: rows until it is cancelled.
func (s *Session) subscribeRows(ctx context.Context, stmt *ast.SubscribeStmt, params []types.Datum, w ResultWriter) (string, error) {
	feed, cols, err := s.newRowFeed(ctx, stmt, params)
	if err != nil {
		return "", err
	}
	defer feed.close()
	s.releaseSnapshot()
	if err := w.Columns(cols); err != nil {
		return "", err
	}
	n, err := feed.run(ctx, s, 0, w)
	return "SUBSCRIBE " + formatInt(int64(n)), err
}

// run sends rows until there are as many as maxRows (0: no bound), or the feed has ended.
func (f *rowFeed) run(ctx context.Context, s *Session, maxRows int, w ResultWriter) (sent int, err error) {
	for maxRows == 0 || sent < maxRows {
		row, err := f.next(ctx, s, nil, w.Flush)
		if row == nil || err != nil {
			return sent, err
		}
		if err := w.Row(row); err != nil {
			return sent, err
		}
		sent++
	}
	return sent, nil
}

// executeFeed runs a portal of SUBSCRIBE TO, or goes on with it: the feed stays with the
// portal while the client asks for so many rows at a time.
func (s *Session) executeFeed(ctx context.Context, po *portal, stmt *ast.SubscribeStmt, maxRows int, w ResultWriter) error {
	if po.cursor == nil {
		s.ensureTx()
		s.tx.statements += countsAsQuery(stmt)
		feed, cols, err := s.newRowFeed(ctx, stmt, po.params)
		if err != nil {
			return err
		}
		if !sameColumns(po.ps.columns, cols) { // they have been described
			feed.close()
			return sqlerr.New(sqlerr.FeatureNotSupported, "cached plan must not change result type")
		}
		po.cursor = &cursor{feed: feed}
		s.releaseSnapshot()
	}
	if err := w.Columns(po.ps.columns); err != nil {
		return err
	}
	sent, err := po.cursor.feed.run(ctx, s, maxRows, w)
	switch {
	case err != nil:
		return err
	case maxRows > 0 && sent == maxRows:
		return w.Suspended()
	}
	return w.Complete("SUBSCRIBE " + formatInt(int64(sent)))
}

// fetchFeed runs FETCH of a cursor over SUBSCRIBE TO: up to count rows, those
// there at once, or the first to come within the timeout.
func (s *Session) fetchFeed(ctx context.Context, f *rowFeed, stmt *ast.FetchStmt, w ResultWriter) (int, error) {
	if stmt.Direction != ast.FetchForward || stmt.Move {
		return 0, sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, "cursor can only scan forward")
	}
	timeout := time.Duration(0)
	for _, o := range stmt.Options {
		if o.Name != "timeout" {
			return 0, sqlerr.New(sqlerr.InvalidParameterValue, `unrecognized option "%s"`, o.Name).At(o.Pos())
		}
		d, ok := parseDuration(optionString(o))
		if !ok || d < 0 {
			return 0, sqlerr.New(sqlerr.InvalidParameterValue, `invalid value for option "timeout"`).At(o.Pos())
		}
		timeout = d
	}
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	sent := 0
	for int64(sent) < stmt.Count {
		row, err := f.next(ctx, s, timer.C, func() error { return nil })
		if err != nil {
			return sent, err
		}
		if row == nil {
			break
		}
		if err := w.Row(row); err != nil {
			return sent, err
		}
		sent++
	}
	return sent, nil
}

// releaseSnapshot ends the transaction of a statement that will run for long
// and reads nothing more, so that it holds no snapshot.
func (s *Session) releaseSnapshot() {
	if !s.tx.block && s.tx.tx != nil {
		s.tx.tx.Rollback()
		s.openTx()
	}
}

// SubscribeRequest is a live query as a WebSocket client states it.
type SubscribeRequest struct {
	ID      string
	SQL     string
	Params  []any // text forms, or nil for NULL
	Options live.Options
	// Acknowledge is called before the first event can be taken.
	Acknowledge func(*live.Subscription)
}

// Subscribe plans a live query under the session's user and hands it to the
// receiver, whose events it will arrive in.
func (s *Session) Subscribe(ctx context.Context, r SubscribeRequest) (sub *live.Subscription, err error) {
	defer func() {
		if err != nil {
			err = resolve(err, r.SQL)
		}
	}()
	defer s.caught(&err)
	return upToDate(func() (*live.Subscription, error) {
		w, err := s.watch(r.SQL, len(r.Params))
		if err != nil {
			return nil, err
		}
		params, err := s.textParams(w.plan.Params, r.Params)
		if err != nil {
			return nil, err
		}
		req, err := s.requestPlan(w, params, r.Options)
		if err != nil {
			return nil, err
		}
		req.ID, req.Acknowledge = r.ID, r.Acknowledge
		return s.inbox().Subscribe(ctx, *req)
	})
}

// Receiver is where the session's subscriptions arrive, for a transport that
// reads events itself.
func (s *Session) Receiver() *live.Receiver { return s.inbox() }

// lasting is what a subscription keeps of its plan, for the checks that end it.
func lasting(p *plan.Plan) *plan.Plan {
	return &plan.Plan{Requires: p.Requires, Routines: p.Routines, Whole: p.Whole, Named: p.Named}
}

// stillAllowed makes the check that ends a subscription when its role loses
// the right to read.
func (s *Server) stillAllowed(role catalog.OID, rest *plan.Plan) func(*catalog.Catalog) error {
	return func(cat *catalog.Catalog) error {
		r := cat.RoleByOID(role)
		if r == nil {
			return sqlerr.New(sqlerr.InsufficientPrivilege, "the role was dropped")
		}
		return Authorize(cat, r, rest)
	}
}

// stillMeans makes the check that ends a subscription when a function that it calls
// or a policy that holds for its role is another one.
func stillMeans(role catalog.OID, p, rest *plan.Plan) func(*catalog.Catalog) bool {
	planned := p.Meaning(p.Catalog, role)
	return func(cat *catalog.Catalog) bool { return rest.Meaning(cat, role) == planned }
}
