package livemodel

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kalamsql/kalamsql/exec/session"
	"github.com/kalamsql/kalamsql/live"
	"github.com/kalamsql/kalamsql/storage"
)

// line is a connection, on which any number of subscribers of a user subscribe.
type line struct {
	user    string
	listens bool             // it is told by notifications
	feeds   bool             // it reads rows of SUBSCRIBE TO
	session *session.Session // nil while nobody subscribes
	subs    []*subscriber
}

// hangUp ends the connection: its subscribers keep their cursors.
func (l *line) hangUp() {
	if l.session != nil {
		l.session.Close()
	}
	l.session = nil
	for _, s := range l.subs {
		s.session = nil
	}
}

// subscriber is one subscription and what it should see.
type subscriber struct {
	n         int
	user, sql string
	params    []any
	stable    bool // step.stable
	unordered bool // it is not told where rows stand
	options   live.Options
	line      *line
	session   *session.Session // the line's; nil while it is away
	reader    *session.Session // that asks anew
	schema    []live.SchemaColumn
	// want is the result as of each commit that was looked at; newest is the last.
	want   map[storage.Seq]string
	newest string
	batch  []string // of a snapshot that comes by notifications or rows
	fed    []fedRow // of a commit of which more comes
	told   string   // the cursor that everything read before has been told at
	// state is what it has put together, and as of where.
	state  []string
	cursor string
	seq    storage.Seq // of the cursor
	ready  bool
	late   bool // it is about to be told that it was too slow
	// broken: nothing promises that its cursor can be resumed from.
	broken bool
	// failed is why the SELECT fails now; locked: it would wait for a definition under
	// way.
	failed error
	locked bool
	ended  *live.End
}

func (s *subscriber) id() string { return fmt.Sprint("s", s.n) }

// leave ends the subscription alone; the cursor is kept.
func (s *subscriber) leave() {
	if s.line.listens || s.line.feeds {
		_, _ = s.session.Query(context.Background(), map[bool]string{true: "UNLISTEN ", false: "CLOSE "}[s.line.listens]+s.id(), nil, &discard{})
	} else {
		_ = s.session.Receiver().Unsubscribe(s.id()) // it may have ended
	}
	s.session = nil
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
	return slices.ContainsFunc([]string{" w ", " gen ", " joined ", " above ", " ops "}, func(view string) bool { return strings.Contains(s.sql, view) })
}

func (r *run) awaitReady(s *subscriber) error {
	ctx, cancel := context.WithTimeout(r.ctx, patience)
	defer cancel()
	for !s.ready && s.ended == nil {
		if s.line.feeds { // as they come
			if err := r.fetch(s, "1", patience.String()); err != nil {
				return err
			}
		}
		if err := r.takeSome(s); err != nil {
			return err
		}
		if s.ready || s.ended != nil || s.session == nil {
			break
		}
		if s.options.Pull {
			_ = s.session.Receiver().NextBatch(s.id()) // the last one may have come
		}
		select {
		case <-s.session.Receiver().Ready():
		case <-ctx.Done():
			return fmt.Errorf("the snapshot does not come")
		}
	}
	if s.ended != nil { // nothing has happened since it was asked for
		return fmt.Errorf("%s (%s) ended as soon as it had begun, with %s: %s", s.sql, s.user, s.ended.Reason, s.ended.Message)
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
		if s.ended != nil || s.session == nil || s.text() == s.newest {
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
	if s.session == nil {
		return nil // it was too slow
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

// listed says whether the result may be a list, though it is not ordered itself, in an order that is not
// looked at.
func (s *subscriber) listed() bool { return strings.Contains(s.sql, "ORDER BY") && !ordered(s.sql) }

// ordered says whether it follows a list.
func (s *subscriber) ordered() bool { return !s.unordered && ordered(s.sql) }

func (s *subscriber) text() string {
	state := s.state
	if !s.ordered() {
		state = slices.Sorted(slices.Values(state))
	}
	return strings.Join(state, "\n")
}

func (s *subscriber) differs(when, want string) error {
	return fmt.Errorf("%s (%s) %s has\n%s\nand SELECT\n%s", s.sql, s.user, when, s.text(), want)
}

// takeSome applies the events that there are on the subscriber's line, and compares at
// each cursor.
func (r *run) takeSome(s *subscriber) error {
	l := s.line
	switch {
	case l.listens:
		return r.takeNotifications(l)
	case l.feeds:
		return r.fetch(s, "ALL", "0s")
	}
	events := s.session.Receiver().Take(1 << 30)
	for _, e := range events { // what was queued for those that are too slow has been dropped
		if end, ok := e.(*live.End); ok && end.Reason == live.ReasonSlowConsumer {
			l.subscriber(end.Sub).late = true
		}
	}
	for _, e := range events {
		switch e := e.(type) {
		case *live.SnapshotBatch:
			of := l.subscriber(e.Sub)
			for _, row := range e.Rows {
				of.state = append(of.state, string(live.AppendRowJSON(nil, e.Sub.Schema(), row)))
			}
			if !e.More {
				of.ready = true
				of.reach(e.Cursor)
				if err := of.without(e.Sub.Resumed()); err != nil {
					return err
				}
				if err := of.written(e.Sub.Resumed()); err != nil {
					return err
				}
			}
		case *live.Changes:
			if err := r.takeGroup(l, e); err != nil {
				return err
			}
		case *live.Heartbeat:
			if err := r.beat(l, e.Cursor); err != nil {
				return err
			}
		case *live.End:
			if s := l.subscriber(e.Sub); e.Reason != live.ReasonSlowConsumer {
				s.ended = e
			} else if err := s.slow(e); err != nil {
				return err
			}
			r.seen.count(func() { r.seen.ends[e.Reason]++ })
		}
	}
	return nil
}

// beat takes a heartbeat: what has been committed up to its cursor has been told.
func (r *run) beat(l *line, cursor string) error {
	for _, s := range l.subs {
		if s.session == nil || !s.ready || s.ended != nil || s.broken || s.late {
			continue
		}
		s.reach(cursor)
		r.seen.count(func() { r.seen.beats++ })
		if want, ok := s.want[s.seq]; ok && s.text() != want && !strings.Contains(s.sql, "now()") {
			return s.differs(fmt.Sprint("with a heartbeat at ", s.seq), want)
		}
	}
	return nil
}

// takeGroup applies what a commit does to the subscriptions of a line, all at once.
func (r *run) takeGroup(l *line, e *live.Changes) error {
	moved := map[*subscriber][]change{}
	for _, part := range e.Parts {
		s := l.subscriber(part.Sub)
		if moved[s] != nil {
			return fmt.Errorf("%s: two groups in one", s.sql)
		}
		if part.Coalesced {
			r.seen.count(func() { r.seen.coalesced++ })
		}
		changes, err := changesIn(part, e.Cursor, s.n%2 == 1)
		if err != nil {
			return err
		}
		moved[s] = changes
	}
	return r.move(l, e.Cursor, moved)
}

// move applies the changes of a commit, and compares.
func (r *run) move(l *line, cursor string, moved map[*subscriber][]change) error {
	_, seq, err := live.DecodeCursor(cursor)
	if err != nil {
		return err
	}
	for s, changes := range moved {
		if err := s.apply(changes); err != nil {
			return err
		}
		s.reach(cursor)
	}
	for _, s := range l.subs {
		want, ok := s.want[seq]
		if moved[s] != nil {
			r.seen.count(func() {
				r.seen.groups++
				if ok {
					r.seen.compared++
				}
			})
		} else if s.session == nil || !s.ready || s.ended != nil || s.broken || s.seq >= seq || s.late || s.options.Slow == live.Coalesce {
			continue // it is not there, or ahead, or what was done to it comes later
		}
		if ok && s.text() != want && !strings.Contains(s.sql, "now()") {
			return s.differs(fmt.Sprint("at ", seq), want)
		}
	}
	return nil
}

// without gives a subscriber that has asked for no snapshot what it would have had.
func (s *subscriber) without(resumed bool) error {
	if resumed || s.options.Snapshot || s.state != nil {
		return nil
	}
	rows, ok := s.want[s.seq]
	if !ok {
		return fmt.Errorf("%s begins at %d, which was not the newest commit", s.sql, s.seq)
	}
	if rows != "" {
		s.state = strings.Split(rows, "\n")
	}
	return nil
}

// written looks whether the rows it has been given are as many as it has asked for of those written last, each
// of them one of the result's, and gives it the others.
func (s *subscriber) written(resumed bool) error {
	if s.options.LastRows == 0 || resumed {
		return nil
	}
	rows, ok := s.want[s.seq]
	if !ok || strings.Contains(s.sql, "now()") {
		return fmt.Errorf("%s begins at %d, which was not the newest commit", s.sql, s.seq)
	}
	var all []string
	if rows != "" {
		all = strings.Split(rows, "\n")
	}
	rest := slices.Clone(all)
	for _, row := range s.state {
		at := slices.Index(rest, row)
		if at < 0 {
			return s.differs("with last_rows", rows)
		}
		rest = slices.Delete(rest, at, at+1)
	}
	if len(s.state) != min(s.options.LastRows, len(all)) {
		return s.differs(fmt.Sprintf("with last_rows = %d", s.options.LastRows), rows)
	}
	s.state = all
	return nil
}

// slow notes that a subscriber did not keep up: it comes back with the cursor that it is given, up
// to which it has all.
func (s *subscriber) slow(e *live.End) error {
	s.session, s.cursor = nil, e.Cursor
	if e.Cursor == "" {
		return nil
	}
	s.reach(e.Cursor)
	if want, ok := s.want[s.seq]; ok && s.ready && !s.broken && !strings.Contains(s.sql, "now()") && s.text() != want {
		return s.differs(fmt.Sprint("ended as too slow at ", s.seq), want)
	}
	return nil
}

// subscriber is whose subscription it is.
func (l *line) subscriber(sub *live.Subscription) *subscriber {
	for _, s := range l.subs {
		if s.id() == sub.ID() {
			return s
		}
	}
	panic("a subscription of nobody: " + sub.ID())
}

// reach notes how far a subscriber has come.
func (s *subscriber) reach(cursor string) {
	s.cursor = cursor
	_, s.seq, _ = live.DecodeCursor(cursor)
}

// change is one change as a client reads it.
type change struct {
	Op, Reason, Cursor string
	Row, Old           json.RawMessage
	At                 *int
	FromAt             *int `json:"from_at"`
	N, Of              int
	asJSONB            string // Old, of a row of SUBSCRIBE TO
}

// changesIn reads a group: from one text, or from a payload for each change.
func changesIn(part live.Part, cursor string, payloads bool) (changes []change, err error) {
	if !payloads {
		return changes, json.Unmarshal(part.Delta.JSON(), &changes)
	}
	list := live.SplitPayloads(live.AppendChangePayloads(nil, part.Sub.Schema(), part, cursor))
	for i, payload := range list {
		var ch change
		if err := json.Unmarshal([]byte(payload), &ch); err != nil {
			return nil, err
		}
		if ch.N != i+1 || ch.Of != len(list) || ch.Cursor != cursor {
			return nil, fmt.Errorf("payload %d of %d at %s: %s", i+1, len(list), cursor, payload)
		}
		changes = append(changes, ch)
	}
	return changes, nil
}

// apply applies a group as the protocol says.
func (s *subscriber) apply(changes []change) error {
	for _, ch := range changes {
		if ch.asJSONB != "" {
			ch.Old = s.asWas(ch.asJSONB)
		}
		if ch.Old != nil {
			at := slices.Index(s.state, string(ch.Old))
			if ch.FromAt != nil {
				at = *ch.FromAt
			}
			if at < 0 || at >= len(s.state) || s.state[at] != string(ch.Old) {
				return fmt.Errorf("%s: %s is not there: %v", s.sql, ch.Old, ch)
			}
			s.state = slices.Delete(s.state, at, at+1)
		}
		if ch.Row != nil {
			at := len(s.state)
			if ch.At != nil {
				at = *ch.At
			}
			if at < 0 || at > len(s.state) {
				return fmt.Errorf("%s: no place %d: %v", s.sql, at, ch)
			}
			s.state = slices.Insert(s.state, at, string(ch.Row))
		}
	}
	return nil
}
