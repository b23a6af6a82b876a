package live

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables"
)

// world is a store with a hub on it and two tables:
//
//	message(id int8 primary key, room text, body text, n int4)    shared
//	note(id int8 primary key, room text, body text, n int4)       a slice per user
type world struct {
	t       testing.TB
	hub     *Hub
	store   *tables.Store
	message *catalog.Table
	note    *catalog.Table
	spill   int64 // tables.TxOptions.SpillBytes
}

var bg = context.Background()

func newWorld(t testing.TB, opts HubOptions) *world {
	t.Helper()
	opts.Logger = slog.New(slog.DiscardHandler)
	w := &world{t: t, hub: NewHub(opts)}
	w.store = openStore(t, w.hub)
	w.hub.Attach(w.store)
	t.Cleanup(func() {
		if err := w.hub.Shutdown(bg); err != nil {
			t.Error(err)
		}
		if err := w.store.Close(); err != nil {
			t.Error(err)
		}
	})
	w.message = w.create("message", false, true)
	w.note = w.create("note", true, true)
	return w
}

func column(num int16, name string, t *types.Type) *catalog.Column {
	return &catalog.Column{Num: num, Name: name, Type: catalog.TypeRef{Type: t}, Typmod: types.NoTypmod}
}

func (w *world) create(name string, perUser, keyed bool) *catalog.Table {
	w.t.Helper()
	var made *catalog.Table
	w.commit(func(tx *tables.Tx) {
		e := w.edit(tx)
		made = &catalog.Table{OID: e.NewOID(), Name: name, Schema: catalog.SchemaPublic, Database: catalog.DatabaseFirst,
			Owner: catalog.RolePostgres, Kind: catalog.KindDurable, PerUser: perUser, NextColumn: 5,
			Columns: []*catalog.Column{column(1, "id", types.Int8), column(2, "room", types.Text), column(3, "body", types.Text), column(4, "n", types.Int4)}}
		if keyed {
			made.Indexes = []*catalog.Index{{OID: e.NewOID(), Name: name + "_pkey", Unique: true, Primary: true, Constraint: true, Keys: []catalog.IndexKey{{Column: 1}}}}
		}
		tx.PutObject(made)
	})
	return made
}

// commit runs one transaction and waits until the hub has processed it.
func (w *world) commit(do func(tx *tables.Tx)) storage.Seq {
	w.t.Helper()
	tx := w.store.Begin(tables.TxOptions{Sync: true, SpillBytes: w.spill})
	do(tx)
	seq, err := tx.Commit(bg)
	if err != nil {
		w.t.Fatal(err)
	}
	w.hub.settle(seq)
	return seq
}

// settle waits until the hub has processed a commit.
func (h *Hub) settle(seq storage.Seq) {
	h.inbox.Lock()
	defer h.inbox.Unlock()
	for h.processed() < seq {
		h.inbox.changed.Wait()
	}
}

func row(id int64, room, body string, n int64) types.Row {
	return types.Row{types.Int(id), types.String(room), types.String(body), types.Int(n)}
}

// The expressions of the tests' conditions.

func boolFn(name string, eval func(a, b types.Datum) bool) *expr.Function {
	return &expr.Function{Name: name, Result: types.Boolean, Strict: true,
		Eval: func(_ *expr.Context, args []types.Datum) (types.Datum, error) {
			return types.Bool(eval(args[0], args[1])), nil
		}}
}

// operator makes left op right as the planner does.
func operator(op string, left, right expr.Expr) expr.Expr {
	e, err := expr.ResolveOperator(op, left, right, -1)
	if err != nil {
		panic(err)
	}
	return e
}

func call(fn *expr.Function, args ...expr.Expr) expr.Expr {
	return &expr.Call{Fn: fn, Args: args, T: fn.Result, Mod: types.NoTypmod, Form: expr.FormFunction, Loc: -1}
}

func col(t *catalog.Table, name string) expr.Expr {
	i := t.ColumnIndex(name)
	return &expr.Column{Index: i, T: t.Columns[i].Type.Type, Mod: types.NoTypmod, Name: name}
}

func text(s string) expr.Expr {
	return &expr.Const{Value: types.String(s), T: types.Text, Mod: types.NoTypmod, Loc: -1}
}

func integer(n int64) expr.Expr {
	return &expr.Const{Value: types.Int(n), T: types.Int4, Mod: types.NoTypmod, Loc: -1}
}

// request makes SELECT columns FROM t WHERE where.
func request(id string, t *catalog.Table, where expr.Expr, columns ...string) Request {
	scan := &plan.Scan{Table: t, Filter: where}
	var exprs []expr.Expr
	var cols []plan.Column
	for _, name := range columns {
		c := t.Columns[t.ColumnIndex(name)]
		exprs = append(exprs, col(t, name))
		cols = append(cols, plan.Column{Name: name, Type: c.Type.Type, Typmod: c.Typmod, Table: t.OID, Num: c.Num})
	}
	project := plan.NewProject(scan, exprs, cols)
	return Request{ID: id, Text: fmt.Sprint(columns, t.Name, describeExpr(where)), User: "alice",
		Plan: &plan.Plan{Root: project, ReadOnly: true, Volatility: expr.Immutable}, Options: Options{Snapshot: true}}
}

func describeExpr(e expr.Expr) string {
	var b strings.Builder
	expr.Walk(e, func(e expr.Expr) bool {
		switch e := e.(type) {
		case *expr.Call:
			b.WriteString(e.Fn.Name + " ")
		case *expr.Column:
			b.WriteString(e.Name + " ")
		case *expr.Const:
			b.WriteString(e.T.Text(e.Value, types.DefaultEnv) + " ")
		}
		return true
	})
	return b.String()
}

// inbox follows a receiver and keeps the state its events describe.
type client struct {
	t testing.TB
	r *Receiver
	// events are those taken, as text.
	events []string
	taken  []Event
	state  map[string]map[string]int // subscription -> row -> count
	cursor map[string]string
	ended  map[string]*End
	ready  map[string]bool
}

func (w *world) client() *client {
	c := &client{t: w.t, r: w.hub.NewReceiver(ReceiverInfo{Session: 1, User: "alice", Role: "alice", Database: catalog.DatabaseFirst, Transport: "test"}),
		state: map[string]map[string]int{}, cursor: map[string]string{}, ended: map[string]*End{}, ready: map[string]bool{}}
	w.t.Cleanup(c.r.Close)
	return c
}

// subscribe subscribes and waits until the subscription is live.
func (c *client) subscribe(req Request) *Subscription {
	c.t.Helper()
	s, err := c.r.Subscribe(bg, req)
	if err != nil {
		c.t.Fatal(err)
	}
	c.state[req.ID] = map[string]int{}
	c.ready[req.ID] = false
	delete(c.ended, req.ID)
	for !c.ready[req.ID] && c.ended[req.ID] == nil {
		c.wait()
	}
	return s
}

// wait takes what there is, waiting for something.
func (c *client) wait() {
	c.t.Helper()
	select {
	case <-c.r.Ready():
	case <-time.After(20 * time.Second):
		c.t.Fatal("no event came")
	}
	c.take()
}

// take applies what there is.
func (c *client) take() []Event {
	events := c.r.Take(1 << 30)
	for _, e := range events {
		c.apply(e)
	}
	c.taken = append(c.taken, events...)
	return events
}

func (c *client) apply(e Event) {
	switch e := e.(type) {
	case *SnapshotBatch:
		id := e.Sub.ID()
		if e.Num == 0 && !e.Sub.Resumed() {
			c.state[id] = map[string]int{}
		}
		for _, r := range e.Rows {
			c.state[id][string(AppendRowJSON(nil, e.Sub.Schema(), r))]++
		}
		if !e.More {
			c.ready[id], c.cursor[id] = true, e.Cursor
		}
		c.events = append(c.events, fmt.Sprintf("batch %s %d rows=%d more=%v", id, e.Num, len(e.Rows), e.More))
	case *Changes:
		for _, p := range e.Parts {
			id := p.Sub.ID()
			for _, ch := range p.Delta.Changes {
				c.change(id, p.Sub.Schema(), ch)
			}
			c.cursor[id] = e.Cursor
			tail := ""
			if p.Coalesced {
				tail = " coalesced"
			}
			c.events = append(c.events, fmt.Sprintf("changes %s %s%s", id, p.Delta.JSON(), tail))
		}
	case *Notification:
		c.events = append(c.events, "notification "+e.Channel+" "+e.Payload)
	case *Heartbeat:
		c.events = append(c.events, "heartbeat")
		for id := range c.ready {
			c.cursor[id] = e.Cursor
		}
	case *End:
		c.ended[e.Sub.ID()] = e
		c.events = append(c.events, fmt.Sprintf("end %s %s %s", e.Sub.ID(), e.Code, e.Reason))
	}
}

// change applies one change and complains about what cannot be.
func (c *client) change(id string, schema []SchemaColumn, ch Change) {
	state := c.state[id]
	if ch.Old != nil {
		k := string(AppendRowJSON(nil, schema, ch.Old))
		if state[k] == 0 {
			c.t.Errorf("%s: %s of a row that is not there: %s", id, ch.Op, k)
		}
		if state[k]--; state[k] == 0 {
			delete(state, k)
		}
	}
	if ch.Row != nil {
		k := string(AppendRowJSON(nil, schema, ch.Row))
		if state[k] > 0 && len(schema) > 0 && schema[0].Key {
			c.t.Errorf("%s: %s of a row that is there already: %s", id, ch.Op, k)
		}
		state[k]++
	}
}

// expect compares the events since the last call.
func (c *client) expect(want ...string) {
	c.t.Helper()
	c.take()
	if got := strings.Join(c.events, "\n"); got != strings.Join(want, "\n") {
		c.t.Errorf("events:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
	}
	c.events = nil
}
