package livemodel

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/kalamsql/kalamsql/exec/session"
	"github.com/kalamsql/kalamsql/live"
)

// TestSubscribeBesideDefinitions: who asks for a live query while the definition of its table changes
// gets it, or its end, but no word of a plan that is out of date.
func TestSubscribeBesideDefinitions(t *testing.T) {
	w, err := newWorld(0, 0)
	if err != nil {
		t.Fatal(err)
	}
	r := &run{world: w, ctx: t.Context()}
	open := func() *session.Session {
		s, err := r.open("postgres")
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	execute := func(s *session.Session, sql string) {
		if _, err := s.Query(t.Context(), sql, nil, &discard{}); err != nil {
			t.Errorf("%s: %v", sql, err)
		}
	}
	definer, client := open(), open()
	execute(definer, "SET lock_timeout = 0; CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (1, 1)")
	execute(client, "SET lock_timeout = 0")
	var over atomic.Bool
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; !over.Load(); i++ {
			execute(definer, "ALTER TABLE t ALTER COLUMN v TYPE "+[]string{"bigint", "int"}[i%2])
		}
	}()
	for i := range 400 {
		sql := []string{"SELECT id, v FROM t WHERE v > 0", "SELECT v, count(*) FROM t GROUP BY v"}[i%2]
		_, err := client.Subscribe(t.Context(), session.SubscribeRequest{ID: fmt.Sprint(i), SQL: sql, Options: live.Options{Snapshot: true}})
		if err != nil {
			t.Errorf("%d: %v", i, err)
		}
		_ = client.Receiver().Unsubscribe(fmt.Sprint(i)) // it may have ended
		client.Receiver().Take(1 << 30)
	}
	over.Store(true)
	<-done
	definer.Close()
	client.Close()
	if err := w.close(); err != nil {
		t.Error(err)
	}
}

// TestOtherNamesBelowAView: who subscribes to a view whose table's columns have been renamed does not join those who
// have before, which the hub is still to end.
func TestOtherNamesBelowAView(t *testing.T) {
	const query = "SELECT k, count(*) FROM w WHERE v > 1 GROUP BY k"
	h := history{
		{kind: execute, sql: "CREATE TABLE a (id int PRIMARY KEY, k int, v int)"},
		{kind: execute, sql: "CREATE VIEW w AS SELECT id, k, v FROM a"},
		{kind: subscribe, n: 6, user: "postgres", sql: query},
		{kind: lag},
		{kind: execute, sql: "DO $$BEGIN ALTER TABLE a RENAME v TO gone; ALTER TABLE a RENAME k TO v; ALTER TABLE a RENAME gone TO k; END$$", opens: "a"},
		{kind: subscribe, n: 7, user: "postgres", line: 1, sql: query},
		{kind: execute, sql: "INSERT INTO a VALUES (1, 2, 3)"},
	}
	if err := check(t.Context(), h, 0, 0, &seen{ends: map[string]int{}, errors: map[string]int{}, refused: map[string]int{}}); err != nil {
		t.Error(err)
	}
}
