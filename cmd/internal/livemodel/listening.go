package livemodel

import (
	"encoding/json"
	"fmt"

	"github.com/kalamsql/kalamsql/live"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// note is what a notification of LISTEN ... FOR says.
type note struct {
	change
	Code    string
	Resumed *bool
	Changes []change // group = 'commit'
	// Coalesced is said with group = 'commit' or on each row.
	Coalesced bool
}

// listen begins to listen, or does so again with a cursor.
func (r *run) listen(s *subscriber) error {
	if err := r.keepUp(); err != nil { // LISTEN waits for it
		return err
	}
	s.options.Snapshot, s.options.Pull = true, false
	s.options.From = s.cursor
	s.ready, s.late, s.batch = false, false, nil
	group := []string{"row", "commit"}[s.n%2]
	slow := map[live.SlowPolicy]string{live.Close: "close", live.Coalesce: "coalesce"}[s.options.Slow]
	var err error
	if len(s.params) > 0 || s.n%5 == 0 {
		options, _ := json.Marshal(map[string]any{"params": s.params, "snapshot": true, "last_rows": s.options.LastRows, "batch_size": s.options.BatchSize, "from": s.options.From, "slow": slow, "group": group})
		_, err = s.session.Query(r.ctx, "SELECT kalam_listen($1, $2, $3)", []any{s.id(), s.sql, string(options)}, &discard{})
	} else {
		with := fmt.Sprintf("group = '%s', batch_size = %d, slow = '%s'", group, s.options.BatchSize, slow)
		if s.options.From != "" {
			with += fmt.Sprintf(", from = '%s'", s.options.From)
		}
		if s.options.LastRows > 0 {
			with += fmt.Sprintf(", last_rows = %d", s.options.LastRows)
		}
		sql := fmt.Sprintf("LISTEN %s WITH (snapshot, %s) FOR %s", s.id(), with, s.sql)
		if s.n%4 == 1 {
			sql = "BEGIN; SAVEPOINT x; LISTEN other; ROLLBACK TO x; " + sql + "; COMMIT"
		}
		_, err = s.session.Query(r.ctx, sql, nil, &discard{})
	}
	if err != nil {
		return fmt.Errorf("LISTEN: %w", err)
	}
	return r.awaitReady(s)
}

// takeNotifications applies what the session of a line has been notified of, and compares at each cursor.
func (r *run) takeNotifications(l *line) error {
	var cursor string
	moved, rows := map[*subscriber][]change{}, map[*subscriber][]change{}
	flush := func() (err error) {
		if len(moved) > 0 {
			err = r.move(l, cursor, moved)
		}
		moved = map[*subscriber][]change{}
		return err
	}
	var notes []notified
	for l.session != nil {
		list := l.session.Notifications()
		if len(list) == 0 {
			break
		}
		for _, n := range list {
			of := notified{payload: n.Payload}
			for _, s := range l.subs {
				if s.id() == n.Channel {
					of.sub = s
				}
			}
			if of.sub == nil {
				return fmt.Errorf("a notification of nobody: %s: %s", n.Channel, n.Payload)
			}
			if err := json.Unmarshal([]byte(n.Payload), &of.note); err != nil {
				return fmt.Errorf("%s: %w", n.Payload, err)
			}
			if of.note.Op == "end" && of.note.Reason == live.ReasonSlowConsumer {
				of.sub.late = true
			}
			notes = append(notes, of)
		}
	}
	for _, n := range notes {
		s, e := n.sub, n.note
		if moved[s] != nil || e.Cursor != cursor || e.Op == "end" || e.Op == "snapshot" || e.Op == "ready" {
			if err := flush(); err != nil {
				return err
			}
		}
		cursor = e.Cursor
		if e.Coalesced {
			r.seen.count(func() { r.seen.coalesced++ })
		}
		switch e.Op {
		case "snapshot":
			s.batch = append(s.batch, string(e.Row))
		case "ready":
			if err := r.isReady(s, e); err != nil {
				return err
			}
		case "end":
			end := &live.End{Code: sqlerr.Code(e.Code), Reason: e.Reason, Cursor: e.Cursor}
			if e.Reason != live.ReasonSlowConsumer {
				s.ended = end
			} else if err := s.slow(end); err != nil {
				return err
			}
			r.seen.count(func() { r.seen.ends[e.Reason]++ })
		case "changes":
			moved[s] = e.Changes
		default:
			rows[s] = append(rows[s], e.change)
			if e.N != len(rows[s]) {
				return fmt.Errorf("%s: change %d of %d comes after %d: %s", s.sql, e.N, e.Of, len(rows[s])-1, n.payload)
			}
			if e.N == e.Of {
				moved[s] = rows[s]
				delete(rows, s)
			}
		}
	}
	for s, list := range rows {
		if len(list) > 0 {
			return fmt.Errorf("%s: half a commit: %v", s.sql, list)
		}
	}
	return flush()
}

// notified is a notification for a subscriber.
type notified struct {
	sub     *subscriber
	note    note
	payload string
}

// isReady has a subscriber begin with what it has been given, or go on with what it had.
func (r *run) isReady(s *subscriber, e note) error {
	if (e.Resumed != nil) != (s.options.From != "") {
		return fmt.Errorf("%s from %q does not say whether it was resumed", s.sql, s.options.From)
	}
	resumed := e.Resumed != nil && *e.Resumed
	if resumed && len(s.batch) > 0 {
		return fmt.Errorf("%s was resumed and has a snapshot", s.sql)
	}
	if !resumed {
		s.state, s.batch = s.batch, nil
	}
	s.ready = true
	s.reach(e.Cursor)
	if err := s.written(resumed); err != nil {
		return err
	}
	return r.began(s, resumed)
}
