package livemodel

import (
	"testing"

	"github.com/kalamsql/kalamsql/exec/session"
	"github.com/kalamsql/kalamsql/live"
)

// TestSlowAfterACrash: who has seen commits of a stream table that a crash took back, and resumes, is behind the first
// commits of the new epoch, though they have the numbers of those. If it is too slow for them then, its
// cursor must not say that it has them.
func TestSlowAfterACrash(t *testing.T) {
	const query = "SELECT id FROM a"
	w, err := newWorld(0, 300)
	if err != nil {
		t.Fatal(err)
	}
	r := &run{world: w, ctx: t.Context(), subs: map[int]*subscriber{}, lines: map[int]*line{}}
	var writer, reader *session.Session
	open := func() {
		if writer, err = r.open("postgres"); err == nil {
			reader, err = r.open("postgres")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	do := func(sql string) {
		t.Helper()
		if _, err := writer.Query(t.Context(), sql, nil, &discard{}); err != nil {
			t.Fatal(err)
		}
		if err := r.hub.Await(t.Context(), r.store.Applied()); err != nil {
			t.Fatal(err)
		}
	}
	// subscribe gives the events of a subscription from a cursor once it is ready.
	subscribe := func(from string) (cursor string, resumed bool) {
		t.Helper()
		sub, err := reader.Subscribe(t.Context(), session.SubscribeRequest{ID: "s", SQL: query, Options: live.Options{Snapshot: true, From: from}})
		if err != nil {
			t.Fatal(err)
		}
		for {
			for _, e := range reader.Receiver().Take(1) {
				if b, ok := e.(*live.SnapshotBatch); ok && !b.More {
					return b.Cursor, sub.Resumed()
				}
			}
			<-reader.Receiver().Ready()
		}
	}
	open()
	do("CREATE TABLE a (id int PRIMARY KEY)")
	do("CREATE STREAM TABLE b (id int) WITH (ttl = '1h', max_rows = 5)")
	for range 4 {
		do("INSERT INTO b VALUES (1)")
	}
	cursor, _ := subscribe("")
	left := r.crash()
	writer.Close()
	reader.Close()
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	w.fs = left
	if err := w.open(); err != nil {
		t.Fatal(err)
	}
	open()
	if _, resumed := subscribe(cursor); !resumed {
		t.Fatal("not resumed")
	}
	before := r.store.Applied()
	do("INSERT INTO a SELECT generate_series(1, 10)")
	do("INSERT INTO a SELECT generate_series(11, 20)")
	events := reader.Receiver().Take(1 << 20)
	end, ok := events[0].(*live.End)
	if !ok || len(events) > 1 || end.Reason != live.ReasonSlowConsumer {
		t.Fatalf("%#v", events)
	}
	if _, seq, err := live.DecodeCursor(end.Cursor); err != nil || seq > before {
		t.Errorf("it has nothing since %d, but is told that it has come to %d: %v", before, seq, err)
	}
	writer.Close()
	reader.Close()
	if err := w.close(); err != nil {
		t.Error(err)
	}
}
