package livemodel

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kalamsql/kalamsql/exec/session"
	"github.com/kalamsql/kalamsql/live"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
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
	lines   map[int]*line
	at      storage.Seq // the newest commit that has been looked at
	seen    *seen
}

// seen counts what has been checked, so that it can be seen whether anything was.
type seen struct {
	sync.Mutex
	groups, compared, resumed, snapshots int
	coalesced, beats, fed                int
	ends                                 map[string]int
	statements, commits                  int
	errors, refused                      map[string]int
}

func (s *seen) String() string {
	return fmt.Sprintf("%d statements, errors %v, %d commits; %d groups, %d of them compared with SELECT, %d coalesced, %d rows of feeds, %d heartbeats; %d resumed, %d begun, refused %v; ended: %v",
		s.statements, s.errors, s.commits, s.groups, s.compared, s.coalesced, s.fed, s.beats, s.resumed, s.snapshots, s.refused, s.ends)
}

// count lets f count.
func (s *seen) count(f func()) {
	s.Lock()
	defer s.Unlock()
	f()
}

// check runs a history in which transactions put what they write into files beyond so many
// bytes (zero: never), and subscriptions may have so many queued (zero: as many as by default); the error says what was not as promised.
func check(ctx context.Context, h history, spill, queue int64, seen *seen) (err error) {
	w, err := newWorld(spill, queue)
	if err != nil {
		return err
	}
	r := &run{world: w, ctx: ctx, subs: map[int]*subscriber{}, lines: map[int]*line{}, seen: seen}
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
	if err := r.keepUp(); err != nil {
		return err
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

func (r *run) open(user string) (*session.Session, error) { return r.openIn("postgres", user) }

func (r *run) openIn(database, user string) (*session.Session, error) {
	settings := map[string]string{"lock_timeout": "1ms"}
	if user == "bob" { // who reads dates as others do not
		settings["datestyle"] = "ISO, DMY"
	}
	return r.sessions.Open(r.ctx, session.Startup{User: user, Database: database, Transport: "pgwire", Settings: settings})
}

func (r *run) connect() error {
	r.writers = make([]*session.Session, elsewhere+1)
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
		if s.reader != nil {
			s.reader.Close()
		}
		s.reader = nil
	}
	for _, l := range r.lines {
		l.hangUp()
	}
}

func (r *run) step(s step) error {
	sub := r.subs[s.n]
	switch s.kind {
	case execute, lag, subscribe, resume:
	default:
		if err := r.keepUp(); err != nil {
			return err
		}
	}
	switch s.kind {
	case execute:
		return r.execute(s)
	case lag:
		r.gate.close()
	case subscribe:
		if sub != nil {
			return nil
		}
		sub = &subscriber{n: s.n, user: s.user, sql: s.sql, params: s.params, stable: s.stable, unordered: s.feeds, want: map[storage.Seq]string{}}
		if r.look(sub); sub.locked {
			sub.close()
			return nil
		}
		if sub.failed != nil {
			if sqlerr.From(sub.failed).Code == sqlerr.InternalError {
				return sub.failed
			}
			r.seen.count(func() { r.seen.refused[string(sqlerr.From(sub.failed).Code)]++ })
			sub.close()
			return nil // not every random query has a result
		}
		if s.feeds && sub.ambiguous() {
			sub.close()
			return nil // what a row was cannot be told from its names and values
		}
		if r.lines[s.line] == nil {
			r.lines[s.line] = &line{user: s.user, listens: s.listens, feeds: s.feeds}
		}
		r.subs[s.n], sub.line = sub, r.lines[s.line]
		sub.line.subs = append(sub.line.subs, sub)
		return r.subscribe(sub)
	case take:
		if sub != nil && sub.session != nil && sub.ended == nil {
			return r.take(sub)
		}
	case disconnect:
		if sub != nil && sub.session != nil && sub.ended == nil {
			sub.line.hangUp()
		}
	case unsubscribe:
		if sub != nil && sub.session != nil && sub.ended == nil {
			sub.leave()
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
		if s.n == elsewhere {
			r.writers[s.n], err = r.openIn("elsewhere", users[0])
		} else {
			r.writers[s.n], err = r.open(users[s.n])
		}
		if err != nil {
			if s.n > 0 {
				return nil // a smaller history may have no such role
			}
			return err
		}
	}
	_, err = r.writers[s.n].Query(r.ctx, s.sql, nil, &discard{data: s.data})
	if sqlerr.HasCode(err, sqlerr.InternalError) || sqlerr.HasCode(err, sqlerr.DataCorrupted) {
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
	if !r.gate.isShut() {
		if err := r.hub.Await(r.ctx, seq); err != nil {
			return err
		}
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
	if err := r.keepUp(); err != nil {
		return err
	}
	if err := r.take(s); err != nil {
		return err
	}
	if s.session == nil && s.ended == nil {
		return nil // it was too slow to hear of it
	}
	code := sqlerr.From(s.failed).Code
	if s.ended == nil {
		switch code {
		case sqlerr.UndefinedTable, sqlerr.UndefinedColumn, sqlerr.InsufficientPrivilege:
			return fmt.Errorf("it goes on, but SELECT says %w", s.failed)
		}
		s.leave()
		s.ended = &live.End{Reason: live.ReasonError}
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
		_, err = s.reader.Query(r.ctx, s.sql, s.params, out)
		if r.store.Applied() != seq {
			continue
		}
		if s.locked = sqlerr.HasCode(err, sqlerr.LockNotAvailable); s.locked {
			return
		}
		if s.failed = err; err != nil {
			return
		}
		if !s.ordered() {
			slices.Sort(out.rows)
		}
		s.schema, s.newest = out.schema, strings.Join(out.rows, "\n")
		s.want[seq] = s.newest
		return
	}
}

// keepUp has the hub come to all that has been committed.
func (r *run) keepUp() error {
	r.gate.open()
	return r.hub.Await(r.ctx, r.at)
}

// keepUpWith has a hub that lags go on once it has so many subscriptions, or the
// function that it gives is called, which waits until it has caught up.
func (r *run) keepUpWith(subscriptions int) (now func() error) {
	if !r.gate.isShut() {
		return func() error { return nil }
	}
	over, caughtUp := make(chan struct{}), make(chan error, 1)
	go func() {
		for len(r.hub.Subscriptions()) < subscriptions {
			select {
			case <-over:
				caughtUp <- r.keepUp()
				return
			case <-time.After(nudge / 20):
			}
		}
		caughtUp <- r.keepUp()
	}()
	return func() error {
		close(over)
		return <-caughtUp
	}
}

func (s *subscriber) close() {
	if s.reader != nil {
		s.reader.Close()
	}
}

// subscribe starts a subscription or resumes it.
func (r *run) subscribe(s *subscriber) (err error) {
	if s.line.session == nil {
		if s.line.session, err = r.open(s.user); err != nil {
			return err
		}
	}
	s.session = s.line.session
	from := s.cursor
	s.options = live.Options{Snapshot: s.n%4 != 1 || from != "" || s.listed(), BatchSize: 3, Pull: s.n%4 == 2, From: from}
	if s.n%3 == 0 {
		s.options.Slow = live.Coalesce
	}
	if s.n%7 == 5 && s.options.Snapshot && from == "" && !s.listed() && !strings.Contains(s.sql, "now()") {
		s.options.LastRows = 1 + s.n%4
	}
	switch {
	case s.line.listens:
		return r.listen(s)
	case s.line.feeds:
		return r.feed(s)
	}
	s.options.Heartbeat = time.Second
	keptUp := r.keepUpWith(len(r.hub.Subscriptions()) + 1)
	sub, err := s.session.Subscribe(r.ctx, session.SubscribeRequest{ID: s.id(), SQL: s.sql, Params: s.params, Options: s.options})
	if e := keptUp(); e != nil {
		return e
	}
	if err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	s.ready, s.late = false, false
	if !sub.Resumed() {
		s.state = nil
	}
	if err := r.began(s, sub.Resumed()); err != nil {
		return err
	}
	return r.awaitReady(s)
}

// began notes that a subscription has begun, resumed or not; it must be if it has a cursor that is held.
func (r *run) began(s *subscriber, resumed bool) error {
	if !resumed && s.options.From != "" && !s.broken && !s.stable && r.queue == 0 && !strings.Contains(s.sql, "now()") {
		return fmt.Errorf("the cursor was not resumed from")
	}
	s.broken = false
	r.seen.count(func() {
		if resumed {
			r.seen.resumed++
		} else {
			r.seen.snapshots++
		}
	})
	return nil
}
