package livemodel

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/exec/session"
	"github.com/kalamsql/kalamsql/live"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// ambiguous says whether two columns have one name.
func (s *subscriber) ambiguous() bool {
	names := map[string]bool{}
	for _, c := range s.schema {
		names[c.Name] = true
	}
	return len(names) < len(s.schema)
}

// feed declares a cursor over SUBSCRIBE TO, or does so again with a cursor to resume from.
func (r *run) feed(s *subscriber) error {
	if err := r.keepUp(); err != nil { // it waits for it
		return err
	}
	s.options.Snapshot, s.options.Pull, s.options.From = true, false, s.cursor
	s.ready, s.late, s.batch = false, false, nil
	with := fmt.Sprintf("snapshot = true, heartbeat = '1s', slow = '%s'", map[live.SlowPolicy]string{live.Close: "close", live.Coalesce: "coalesce"}[s.options.Slow])
	if s.options.From != "" {
		with += fmt.Sprintf(", from = '%s'", s.options.From)
	}
	if s.options.LastRows > 0 {
		with += fmt.Sprintf(", last_rows = %d", s.options.LastRows)
	}
	_, _ = s.session.Query(r.ctx, "CLOSE "+s.id(), nil, &discard{}) // one that has ended
	_, err := s.session.Query(r.ctx, fmt.Sprintf("DECLARE %s CURSOR WITH HOLD FOR SUBSCRIBE TO %s WITH (%s)", s.id(), s.sql, with), s.params, &discard{})
	if err != nil {
		return fmt.Errorf("DECLARE: %w", err)
	}
	return r.awaitReady(s)
}

// fedRow is a row of SUBSCRIBE TO.
type fedRow struct {
	cursor, op, reason, old string
	row                     string
}

// fedRows keeps them.
type fedRows struct {
	discard
	schema []live.SchemaColumn
	rows   []fedRow
}

// Columns keeps the columns of the query itself.
func (f *fedRows) Columns(columns []session.ResultColumn) error {
	for _, c := range columns[4:] {
		f.schema = append(f.schema, live.SchemaColumn{Column: plan.Column{Name: c.Name, Type: c.Type, Typmod: c.Typmod}})
	}
	return nil
}

// Row keeps a row.
func (f *fedRows) Row(row types.Row) error {
	text := func(i int) string {
		if row[i].IsNull() {
			return ""
		}
		if i == 3 {
			return types.JSONB.Text(row[i], types.DefaultEnv)
		}
		return row[i].Str()
	}
	f.rows = append(f.rows, fedRow{text(0), text(1), text(2), text(3), string(live.AppendRowJSON(nil, f.schema, row[4:]))})
	return nil
}

var endOfFeed = regexp.MustCompile(`^reason (\w+), cursor (.*)$`)

// fetch takes so many rows of a feed, and compares at each new cursor: of the rows of a commit the last has it, the others
// that from which the whole of it comes again.
func (r *run) fetch(s *subscriber, many, timeout string) error {
	out := &fedRows{}
	_, err := s.session.Query(r.ctx, fmt.Sprintf("FETCH %s FROM %s WITH (timeout = '%s')", many, s.id(), timeout), nil, out)
	for _, f := range out.rows {
		s.fed = append(s.fed, f)
		r.seen.count(func() { r.seen.fed++ })
		switch f.op {
		case "snapshot":
			s.batch = append(s.batch, f.row)
		case "ready":
			n := note{change: change{Cursor: f.cursor}}
			if resumed := f.reason == "resumed"; s.options.From != "" {
				n.Resumed = &resumed
			} else if resumed {
				return fmt.Errorf("%s was resumed, from nowhere", s.sql)
			}
			if err := r.isReady(s, n); err != nil {
				return err
			}
		case "heartbeat":
			if err := r.beat(s.line, f.cursor); err != nil {
				return err
			}
		default:
			if f.cursor == "" {
				return fmt.Errorf("%s: %s without a cursor", s.sql, f.op)
			}
			if f.cursor == s.told {
				continue // more of the commit comes, or it is time's doing
			}
			if err := r.settle(s); err != nil {
				return err
			}
		}
		s.fed, s.told = nil, f.cursor
	}
	if asked, numbered := strconv.Atoi(many); len(s.fed) > 0 && s.fed[len(s.fed)-1].op != "snapshot" && (numbered != nil || len(out.rows) < asked) {
		if err := r.settle(s); err != nil { // groups come whole: there is no more of it
			return err
		}
		s.fed = nil
	}
	if err == nil {
		return nil
	}
	e := sqlerr.From(err)
	parts := endOfFeed.FindStringSubmatch(e.Detail)
	if parts == nil {
		return fmt.Errorf("FETCH: %w", err)
	}
	if len(s.fed) > 0 {
		return fmt.Errorf("%s ended with %s in the middle of a commit: %v", s.sql, parts[1], s.fed)
	}
	end := &live.End{Code: e.Code, Reason: parts[1], Cursor: parts[2], Message: e.Message}
	r.seen.count(func() { r.seen.ends[end.Reason]++ })
	if end.Reason == live.ReasonSlowConsumer {
		return s.slow(end)
	}
	s.ended = end
	return nil
}

// settle takes the rows that have been read for a group, and compares.
func (r *run) settle(s *subscriber) error {
	var changes []change
	for _, f := range s.fed {
		if f.reason == "coalesced" {
			r.seen.count(func() { r.seen.coalesced++ })
		}
		ch := change{Op: f.op, Reason: f.reason, Row: json.RawMessage(f.row), asJSONB: f.old}
		if f.op == "delete" {
			ch.Row, ch.Old, ch.asJSONB = nil, json.RawMessage(f.row), ""
		}
		changes = append(changes, ch)
	}
	return r.move(s.line, s.fed[len(s.fed)-1].cursor, map[*subscriber][]change{s: changes})
}

// asWas finds the row that a change says it was, in the form of jsonb.
func (s *subscriber) asWas(old string) json.RawMessage {
	at := slices.IndexFunc(s.state, func(row string) bool {
		v, err := types.JSONB.Input(row, types.NoTypmod, types.DefaultEnv)
		return err == nil && types.JSONB.Text(v, types.DefaultEnv) == old
	})
	if at < 0 {
		return json.RawMessage(strings.TrimSpace(old))
	}
	return json.RawMessage(s.state[at])
}
