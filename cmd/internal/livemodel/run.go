package livemodel

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kalamsql/kalamsql/exec/session"
	"github.com/kalamsql/kalamsql/live"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
)

// patience bounds every wait for something that must happen.
const patience = 5 * time.Second

// nudge is how long a timer that was set too late may sleep.
const nudge = 2 * time.Millisecond

// run is a history under way.
type run struct {
	*world
	ctx     context.Context
	writers []*session.Session
	subs    map[int]*subscriber
	at      storage.Seq // the newest commit that has been looked at
	seen    *seen
}

// seen counts what has been checked, so that it can be seen whether anything was.
type seen struct {
	sync.Mutex
	groups, compared, resumed, snapshots int
	ends                                 map[string]int
	statements, commits                  int
	errors                               map[string]int
}

func (s *seen) String() string {
	return fmt.Sprintf("%d statements, errors %v, %d commits; %d groups, %d of them compared with SELECT; %d resumed, %d begun; ended: %v",
		s.statements, s.errors, s.commits, s.groups, s.compared, s.resumed, s.snapshots, s.ends)
}

// count lets f count.
func (s *seen) count(f func()) {
	s.Lock()
	defer s.Unlock()
	f()
}

// subscriber is one subscription and what it should see.
type subscriber struct {
	user, sql string
	session   *session.Session // that subscribes; nil while it is away
	reader    *session.Session // that asks anew
	schema    []live.SchemaColumn
	// want is the result as of each commit that was looked at; newest is the last.
	want   map[storage.Seq]string
	newest string
	// state is what it has put together, and as of where.
	state  []string
	cursor string
	ready  bool
	// broken: nothing promises that its cursor can be resumed from.
	broken bool
	// failed is why the SELECT fails now; locked: it would wait for a definition under
	// way.
	failed error
	locked bool
	ended  *live.End
}

// check runs a history in which transactions put what they write into files beyond so many
// bytes (zero: never); the error says what was not as promised.
func check(ctx context.Context, h history, spill int64, seen *seen) (err error) {
	w, err := newWorld(spill)
	if err != nil {
		return err
	}
	r := &run{world: w, ctx: ctx, subs: map[int]*subscriber{}, seen: seen}
	if err := r.connect(); err != nil {
		return err
	}
	defer func() {
		r.hangUp()
		if e := r.close(); err == nil {
			err = e
		}
	}()
	for i, s := range h {
		if err := r.step(s); err != nil {
			return fmt.Errorf("step %d, %s: %w", i+1, s, err)
		}
	}
	for n, s := range r.sorted() {
		if err := r.takeAll(s); err != nil {
			return fmt.Errorf("at the end, subscriber %d: %w", n, err)
		}
	}
	return nil
}

func (r *run) sorted() []*subscriber {
	var list []*subscriber
	for n := range len(r.subs) + 64 {
		if s := r.subs[n]; s != nil {
			list = append(list, s)
		}
	}
	return list
}

func (r *run) open(user string) (*session.Session, error) {
	return r.sessions.Open(r.ctx, session.Startup{User: user, Database: "postgres", Transport: "pgwire", Settings: map[string]string{"lock_timeout": "1ms"}})
}

func (r *run) connect() error {
	for range users {
		r.writers = append(r.writers, nil)
	}
	return nil
}

// hangUp closes all sessions.
func (r *run) hangUp() {
	for i, s := range r.writers {
		if s != nil {
			s.Close()
		}
		r.writers[i] = nil
	}
	for _, s := range r.subs {
		if s.session != nil {
			s.session.Close()
		}
		if s.reader != nil {
			s.reader.Close()
		}
		s.session, s.reader = nil, nil
	}
}

func (r *run) step(s step) error {
	sub := r.subs[s.n]
	switch s.kind {
	case execute:
		return r.execute(s)
	case subscribe:
		if sub != nil {
			return nil
		}
		sub = &subscriber{user: s.user, sql: s.sql, want: map[storage.Seq]string{}}
		if r.look(sub); sub.locked {
			sub.close()
			return nil
		}
		if sub.failed != nil {
			if sqlerr.From(sub.failed).Code == sqlerr.InternalError {
				return sub.failed
			}
			sub.close()
			return nil // not every random query has a result
		}
		r.subs[s.n] = sub
		return r.subscribe(sub)
	case take:
		if sub != nil && sub.session != nil && sub.ended == nil {
			return r.take(sub)
		}
	case disconnect:
		if sub != nil && sub.session != nil && sub.ended == nil {
			sub.session.Close()
			sub.session = nil
		}
	case resume:
		if sub != nil && sub.session == nil && sub.ended == nil && sub.failed == nil {
			if r.look(sub); sub.failed == nil && !sub.locked {
				return r.subscribe(sub)
			}
		}
	case restart, crash:
		return r.again(s.kind == crash)
	case advanceTime:
		r.clock.advance(s.time)
		for _, sub := range r.sorted() {
			if strings.Contains(sub.sql, "now()") && sub.session != nil && sub.ended == nil {
				if r.look(sub); sub.failed != nil || sub.locked {
					continue
				}
				if err := r.until(sub); err != nil {
					return err
				}
			} else {
				r.look(sub)
			}
		}
	}
	return nil
}

// again stops and starts the server.
func (r *run) again(crash bool) error {
	var connected []*subscriber
	for _, s := range r.sorted() {
		if s.session == nil || s.ended != nil {
			continue
		}
		connected = append(connected, s)
		if !crash {
			if err := r.takeAll(s); err != nil {
				return err
			}
		}
	}
	left := r.fs
	if crash {
		left = r.crash()
	}
	r.hangUp()
	if err := r.close(); err != nil {
		return err
	}
	r.fs = left
	if err := r.world.open(); err != nil {
		return err
	}
	r.at = r.store.Applied()
	for _, s := range r.sorted() {
		s.broken = s.broken || !r.durable()
		// A commit that a crash has taken back gives its number to another one.
		maps.DeleteFunc(s.want, func(seq storage.Seq, _ string) bool { return seq > r.at })
		r.look(s)
	}
	for i, s := range connected {
		if s.ended == nil && s.failed == nil && i%3 > 0 { // the others come back later, or not
			if err := r.subscribe(s); err != nil {
				return err
			}
		}
	}
	return nil
}

// durable says whether no table is a stream: then every query survives.
func (r *run) durable() bool {
	for _, t := range []string{"a", "b", "c"} {
		if t, ok := r.store.Catalog().Relation(catalog.SchemaPublic, t).(*catalog.Table); ok && !t.Durable() {
			return false
		}
	}
	return true
}

// execute runs SQL, which may fail, and looks at what it did.
func (r *run) execute(s step) error {
	var err error
	if r.writers[s.n] == nil {
		if r.writers[s.n], err = r.open(users[s.n]); err != nil {
			if s.n > 0 {
				return nil // a smaller history may have no such role
			}
			return err
		}
	}
	_, err = r.writers[s.n].Query(r.ctx, s.sql, nil, &discard{data: s.data})
	if err != nil && sqlerr.From(err).Code == sqlerr.InternalError {
		return err
	}
	r.seen.count(func() {
		if r.seen.statements++; err != nil {
			r.seen.errors[string(sqlerr.From(err).Code)]++
		}
	})
	seq := r.store.Applied()
	if seq == r.at {
		return nil
	}
	if err := r.store.WaitDurable(r.ctx, seq); err != nil {
		return err
	}
	if err := r.hub.Await(r.ctx, seq); err != nil {
		return err
	}
	r.at = seq
	r.seen.count(func() { r.seen.commits++ })
	for _, sub := range r.sorted() {
		if err := r.after(sub, s); err != nil {
			return fmt.Errorf("subscriber of %s (%s): %w", sub.sql, sub.user, err)
		}
	}
	return nil
}

// after compares with what the step must have done to a subscription.
func (r *run) after(s *subscriber, did step) error {
	if s.ended != nil {
		return nil
	}
	failed := s.failed
	r.look(s)
	for _, relation := range strings.Fields(did.opens) {
		if s.reads(relation) {
			s.broken = true
			delete(s.want, r.at) // what the query means now is not what is watched
		}
	}
	if s.session == nil {
		return nil
	}
	if s.failed == nil || failed != nil {
		return nil
	}
	// It cannot be asked any more: it must have ended, and said why.
	if err := r.take(s); err != nil {
		return err
	}
	code := sqlerr.From(s.failed).Code
	if s.ended == nil {
		switch code {
		case sqlerr.UndefinedTable, sqlerr.UndefinedColumn, sqlerr.InsufficientPrivilege:
			return fmt.Errorf("it goes on, but SELECT says %w", s.failed)
		}
		s.session.Close()
		s.session, s.ended = nil, &live.End{Reason: live.ReasonError}
		return nil
	}
	var fits bool
	switch reason := s.ended.Reason; code {
	case sqlerr.InsufficientPrivilege:
		// A definition may have ended it before the right was gone.
		fits = reason == live.ReasonPermissionRevoked || s.underView() ||
			s.broken && (reason == live.ReasonTableAltered || reason == live.ReasonTableDropped)
	case sqlerr.UndefinedTable:
		fits = reason == live.ReasonTableDropped || reason == live.ReasonTableAltered
	case sqlerr.UndefinedColumn:
		// It may be a column of another table, which has come in the place of the one it was about.
		fits = reason == live.ReasonTableAltered || s.broken && reason == live.ReasonTableDropped
	default:
		fits = reason == live.ReasonError || reason == live.ReasonTableAltered
	}
	if !fits {
		return fmt.Errorf("it ended with %s (%s), but SELECT says %w", s.ended.Reason, s.ended.Message, s.failed)
	}
	return nil
}

// reads says whether the query reads a relation; a view reads any.
func (s *subscriber) reads(relation string) bool {
	return strings.Contains(s.sql, " "+relation+" ") || s.throughView()
}

// underView says whether it may have ended because a column that a view reads was
// renamed: the view follows, the subscription does not.
func (s *subscriber) underView() bool {
	return s.ended != nil && s.ended.Reason == live.ReasonTableAltered && s.throughView()
}

// throughView says whether the query reads a view.
func (s *subscriber) throughView() bool {
	return slices.ContainsFunc([]string{" w ", " gen ", " joined ", " above "}, func(view string) bool { return strings.Contains(s.sql, view) })
}

// look asks the query anew.
func (r *run) look(s *subscriber) {
	var err error
	if s.reader == nil {
		if s.reader, err = r.open(s.user); err != nil {
			s.failed = err
			return
		}
	}
	for {
		seq := r.store.Applied()
		out := &collect{}
		_, err = s.reader.Query(r.ctx, s.sql, nil, out)
		if r.store.Applied() != seq {
			continue
		}
		if s.locked = sqlerr.HasCode(err, sqlerr.LockNotAvailable); s.locked {
			return
		}
		if s.failed = err; err != nil {
			return
		}
		if !ordered(s.sql) {
			slices.Sort(out.rows)
		}
		s.schema, s.newest = out.schema, strings.Join(out.rows, "\n")
		s.want[seq] = s.newest
		return
	}
}

func (s *subscriber) close() {
	if s.reader != nil {
		s.reader.Close()
	}
}

// subscribe starts a subscription or resumes it.
func (r *run) subscribe(s *subscriber) (err error) {
	if s.session, err = r.open(s.user); err != nil {
		return err
	}
	from := s.cursor
	sub, err := s.session.Subscribe(r.ctx, session.SubscribeRequest{ID: "s", SQL: s.sql, Options: live.Options{Snapshot: true, BatchSize: 3, From: from}})
	if err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	s.ready = sub.Resumed()
	if !sub.Resumed() {
		s.state = nil
		if from != "" && !s.broken && !strings.Contains(s.sql, "now()") {
			return fmt.Errorf("the cursor was not resumed from")
		}
	}
	s.broken = false
	r.seen.count(func() {
		if sub.Resumed() {
			r.seen.resumed++
		} else {
			r.seen.snapshots++
		}
	})
	if !s.ready {
		return r.awaitReady(s)
	}
	return nil
}

func (r *run) awaitReady(s *subscriber) error {
	ctx, cancel := context.WithTimeout(r.ctx, patience)
	defer cancel()
	for !s.ready && s.ended == nil {
		if err := r.takeSome(s); err != nil {
			return err
		}
		if s.ready || s.ended != nil {
			break
		}
		select {
		case <-s.session.Receiver().Ready():
		case <-ctx.Done():
			return fmt.Errorf("the snapshot does not come")
		}
	}
	return nil
}

// until waits for what time does to a subscription.
func (r *run) until(s *subscriber) error {
	ctx, cancel := context.WithTimeout(r.ctx, patience)
	defer cancel()
	for {
		if err := r.takeSome(s); err != nil {
			return err
		}
		if s.ended != nil || s.text() == s.newest {
			return nil
		}
		select {
		case <-s.session.Receiver().Ready():
		case <-time.After(nudge): // a timer set while time went on
			r.clock.advance(0)
		case <-ctx.Done():
			return s.differs("after time has gone on", s.newest)
		}
	}
}

// take takes all there is, after which the subscriber must be where the SELECT is.
func (r *run) take(s *subscriber) error {
	if err := r.takeSome(s); err != nil {
		return err
	}
	if s.broken && s.ended != nil || s.underView() {
		return nil // the definitions may have meant something else in between
	}
	if s.ended == nil && s.failed == nil && !s.locked && s.text() != s.newest {
		return s.differs("now", s.newest)
	}
	if s.ended != nil && s.failed == nil {
		return fmt.Errorf("it ended with %s: %s", s.ended.Reason, s.ended.Message)
	}
	return nil
}

func (r *run) takeAll(s *subscriber) error {
	if s.session == nil || s.ended != nil {
		return nil
	}
	return r.take(s)
}

// ordered says whether the result is a list: whether ORDER BY stands outside all
// parentheses.
func ordered(sql string) bool {
	depth := 0
	for i, c := range sql {
		switch {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case depth == 0 && strings.HasPrefix(sql[i:], "ORDER BY"):
			return true
		}
	}
	return false
}

func (s *subscriber) text() string {
	state := s.state
	if !ordered(s.sql) {
		state = slices.Sorted(slices.Values(state))
	}
	return strings.Join(state, "\n")
}

func (s *subscriber) differs(when, want string) error {
	return fmt.Errorf("%s (%s) %s has\n%s\nand SELECT\n%s", s.sql, s.user, when, s.text(), want)
}

// takeSome applies the events there are, and compares at each cursor.
func (r *run) takeSome(s *subscriber) error {
	for _, e := range s.session.Receiver().Take(1 << 30) {
		switch e := e.(type) {
		case *live.SnapshotBatch:
			for _, row := range e.Rows {
				s.state = append(s.state, string(live.AppendRowJSON(nil, e.Sub.Schema(), row)))
			}
			if !e.More {
				s.ready, s.cursor = true, e.Cursor
			}
		case *live.Changes:
			if len(e.Parts) != 1 {
				return fmt.Errorf("%d groups for one subscription", len(e.Parts))
			}
			if err := s.apply(e.Parts[0].Delta.JSON()); err != nil {
				return err
			}
			s.cursor = e.Cursor
			want, ok := s.want[e.Seq]
			r.seen.count(func() {
				r.seen.groups++
				if ok {
					r.seen.compared++
				}
			})
			if ok && s.text() != want && !strings.Contains(s.sql, "now()") {
				return s.differs(fmt.Sprint("at ", e.Seq), want)
			}
		case *live.End:
			s.ended = e
			r.seen.count(func() { r.seen.ends[e.Reason]++ })
		}
	}
	return nil
}

// apply applies a group as the protocol says.
func (s *subscriber) apply(group []byte) error {
	var changes []struct {
		Op, Reason string
		Row, Old   json.RawMessage
		At         *int
		FromAt     *int `json:"from_at"`
	}
	if err := json.Unmarshal(group, &changes); err != nil {
		return err
	}
	for _, ch := range changes {
		if ch.Old != nil {
			at := slices.Index(s.state, string(ch.Old))
			if ch.FromAt != nil {
				at = *ch.FromAt
			}
			if at < 0 || at >= len(s.state) || s.state[at] != string(ch.Old) {
				return fmt.Errorf("%s: %s is not there: %s", s.sql, ch.Old, group)
			}
			s.state = slices.Delete(s.state, at, at+1)
		}
		if ch.Row != nil {
			at := len(s.state)
			if ch.At != nil {
				at = *ch.At
			}
			if at < 0 || at > len(s.state) {
				return fmt.Errorf("%s: no place %d: %s", s.sql, at, group)
			}
			s.state = slices.Insert(s.state, at, string(ch.Row))
		}
	}
	return nil
}

// discard takes results, and gives COPY its data.
type discard struct{ data string }

func (*discard) Columns([]session.ResultColumn) error { return nil }
func (*discard) Row(types.Row) error                  { return nil }
func (*discard) Complete(string) error                { return nil }
func (*discard) Suspended() error                     { return nil }
func (*discard) Empty() error                         { return nil }
func (*discard) Notice(*sqlerr.Error) error           { return nil }
func (*discard) Flush() error                         { return nil }
func (d *discard) CopyIn(session.CopyFormat) (session.CopySource, error) {
	return &copied{strings.NewReader(d.data)}, nil
}
func (*discard) CopyOut(session.CopyFormat) error { return nil }
func (*discard) CopyData([]byte) error            { return nil }
func (*discard) CopyDone() error                  { return nil }

// copied is what COPY reads.
type copied struct{ *strings.Reader }

// Next gives the next piece.
func (c *copied) Next(context.Context) ([]byte, error) {
	piece := make([]byte, 16)
	n, err := c.Read(piece)
	return piece[:n], err
}

// collect keeps rows as the live protocol writes them.
type collect struct {
	discard
	schema []live.SchemaColumn
	rows   []string
}

// Columns keeps the columns.
func (c *collect) Columns(columns []session.ResultColumn) error {
	for _, col := range columns {
		c.schema = append(c.schema, live.SchemaColumn{Column: plan.Column{Name: col.Name, Type: col.Type, Typmod: col.Typmod}})
	}
	return nil
}

// Row keeps a row.
func (c *collect) Row(row types.Row) error {
	c.rows = append(c.rows, string(live.AppendRowJSON(nil, c.schema, row)))
	return nil
}
