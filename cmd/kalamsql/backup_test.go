package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables/keys"
)

// TestBackup backs up a server that is written to, both ways, and starts servers
// on what comes out: each has the whole of every commit up to some moment, and
// nothing of later ones.
func TestBackup(t *testing.T) {
	ctx := t.Context()
	s := testserver.Start(t)
	db := connect(t, s)
	exec(t, db, "CREATE TABLE a (id bigserial PRIMARY KEY, n int UNIQUE, t text)", "CREATE INDEX ON a (lower(t)) WHERE n % 2 = 0",
		"CREATE USER TABLE b (id int PRIMARY KEY)", "INSERT INTO a (n, t) SELECT g, 'x' || g FROM generate_series(-500, 0) AS g")
	var writing sync.WaitGroup
	stop, cancel := context.WithCancel(ctx)
	defer cancel()
	writing.Add(1)
	began := make(chan struct{})
	go func() {
		defer writing.Done()
		writer := connect(t, s)
		for i := 1; stop.Err() == nil; i++ {
			if _, err := writer.Exec(ctx, "BEGIN; INSERT INTO a (n, t) VALUES ($1, 'x'); INSERT INTO b VALUES ($1); COMMIT", pgx.QueryExecModeSimpleProtocol, i); err != nil {
				t.Error(err)
				return
			}
			if i == 20 {
				close(began)
			}
		}
	}()
	<-began
	addr := "--sql-addr=" + s.SQLAddr()
	first, second := filepath.Join(t.TempDir(), "first"), filepath.Join(t.TempDir(), "second")
	var stream bytes.Buffer
	if err := backup(ctx, []string{addr, first}, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	if err := backup(ctx, []string{addr, "-"}, &stream, io.Discard); err != nil {
		t.Fatal(err)
	}
	if err := backup(ctx, []string{addr, first}, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "58P02") {
		t.Errorf("a backup over another one: %v", err)
	}
	cancel()
	writing.Wait()
	var said strings.Builder
	if err := restore(ctx, []string{"--data", second, "-"}, &stream, &said, io.Discard); err != nil || !strings.Contains(said.String(), ": 2 tables with ") {
		t.Fatal(err, said.String())
	}
	if err := restore(ctx, []string{"--data", second, first}, nil, io.Discard, io.Discard); err == nil {
		t.Error("a data directory was overwritten")
	}
	for _, dir := range []string{first, second} {
		if err := check(ctx, []string{"--data", dir}, io.Discard, io.Discard); err != nil {
			t.Error(err)
		}
		copied := testserver.StartIn(t, dir)
		db := connect(t, copied)
		var last, rows, others int
		if err := db.QueryRow(ctx, "SELECT max(n), count(*), (SELECT count(*) FROM b) FROM a").Scan(&last, &rows, &others); err != nil {
			t.Fatal(err)
		}
		if last < 20 || rows != 501+last || others != last {
			t.Errorf("%s: %d rows up to %d, %d others", dir, rows, last, others)
		}
		exec(t, db, "INSERT INTO a (n) VALUES (1000000)")
		copied.Stop()
	}
}

// TestCheckFindsDamage takes an index entry away and has check say so.
func TestCheckFindsDamage(t *testing.T) {
	dir := t.TempDir()
	s := testserver.StartIn(t, dir)
	db := connect(t, s)
	exec(t, db, "CREATE TABLE a (id int PRIMARY KEY, n int UNIQUE)", "INSERT INTO a VALUES (1, 1), (2, 2)")
	var table, index uint32
	if err := db.QueryRow(t.Context(), "SELECT 'a'::regclass::oid, 'a_n_key'::regclass::oid").Scan(&table, &index); err != nil {
		t.Fatal(err)
	}
	s.Stop()
	if err := check(t.Context(), []string{"--data", dir}, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	loseEntry(t, dir, keys.IndexPrefix(&catalog.Table{OID: catalog.OID(table), Kind: catalog.KindDurable}, catalog.OID(index)))
	var said strings.Builder
	if err := check(t.Context(), []string{"--data", dir}, &said, io.Discard); err == nil || !strings.Contains(said.String(), "has no entry") {
		t.Errorf("%v: %s", err, said.String())
	}
	if err := check(t.Context(), []string{"--data", filepath.Join(dir, "nowhere")}, io.Discard, io.Discard); !os.IsNotExist(err) {
		t.Error(err)
	}
}

// loseEntry deletes the first key with a prefix.
func loseEntry(t *testing.T, dir string, prefix []byte) {
	t.Helper()
	e, err := storage.Open(storage.Options{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	snapshot := e.Snapshot()
	it := snapshot.NewIter(prefix, keys.End(prefix))
	if !it.First() {
		t.Fatal("the index is empty")
	}
	b := e.NewBatch()
	b.Delete(bytes.Clone(it.Key()))
	it.Close()
	snapshot.Close()
	if _, err := e.Commit(b, nil, storage.CommitOptions{Sync: true}); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}

func connect(t *testing.T, s *testserver.Server) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), s.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(context.Background()) })
	return c
}

func exec(t *testing.T, c *pgx.Conn, statements ...string) {
	t.Helper()
	for _, sql := range statements {
		if _, err := c.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}
