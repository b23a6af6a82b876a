package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
)

// endless are live queries that have no end, at once or after what a commit does.
var endless = []struct{ query, commit string }{
	{"WITH RECURSIVE r(i) AS (SELECT a FROM loops UNION ALL SELECT b FROM loops JOIN r ON a = i) SELECT count(*) FROM r", "INSERT INTO loops VALUES (1, 1)"},
	{"WITH RECURSIVE r(i, d) AS (SELECT a, 0 FROM loops UNION SELECT b, d + 1 FROM loops JOIN r ON a = i) SELECT i, d FROM r", "INSERT INTO loops VALUES (1, 1)"},
	{"WITH RECURSIVE r(i) AS (SELECT a FROM loops UNION ALL SELECT DISTINCT b FROM loops JOIN r ON a = i) SELECT i FROM r", "INSERT INTO loops VALUES (1, 1)"},
	{"WITH RECURSIVE r(i, n) AS (SELECT a, 0.0 FROM loops UNION SELECT b, n + 1 FROM loops JOIN r ON a = i) SELECT count(*) FROM r", "INSERT INTO loops VALUES (1, 1)"},
	{"SELECT a, (SELECT count(DISTINCT g) FROM generate_series(1, b::bigint * 1000000000) AS g) FROM loops", "INSERT INTO loops VALUES (1, 1000)"},
	{"SELECT a, (SELECT max(g) FROM generate_series(1, b::bigint * 1000000000) AS g) FROM loops", "INSERT INTO loops VALUES (1, 1000)"},
	{"SELECT a, g FROM loops, generate_series(1, b::bigint * 1000000000) AS g", "INSERT INTO loops VALUES (1, 1000)"},
	{"SELECT a, g FROM loops, LATERAL (SELECT g FROM generate_series(1, b::bigint * 1000000000) AS g ORDER BY g % 7 LIMIT 3) AS x", "INSERT INTO loops VALUES (1, 1000)"},
	{"SELECT a FROM loops ORDER BY (SELECT string_agg(g::text, ',') FROM generate_series(1, b::bigint * 1000000000) AS g)", "INSERT INTO loops VALUES (1, 1000)"},
	{"WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i FROM r) SELECT count(*) FROM r, loops", ""},
	{"WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT DISTINCT i FROM r) SELECT count(*) FROM r, loops", ""},
	{"SELECT count(*) FROM loops, (SELECT array_agg(g) FROM generate_series(1, 10000000000) AS g) AS x", ""},
}

// TestEndlessQueries: a live query without an end is ended with state_limit, and others
// hear of the commit that makes it so, and of the next ones, as if it were not there.
func TestEndlessQueries(t *testing.T) {
	s := testserver.Start(t, "--state-limit=4194304", "--step-limit=300ms")
	e := &env{T: t, ctx: t.Context(), server: s}
	e.db = e.connect("postgres")
	e.exec("CREATE TABLE loops (a int PRIMARY KEY, b int); CREATE TABLE calm (id int PRIMARY KEY)")
	for i, try := range endless {
		t.Run(try.query, func(t *testing.T) {
			e := &env{T: t, ctx: t.Context(), server: s, db: e.db}
			e.exec("TRUNCATE loops")
			bystander := e.dial("postgres")
			bystander.subscribe("calm", "SELECT id, count(*) FROM calm GROUP BY id", nil)
			c := e.dial("postgres")
			if try.commit != "" {
				c.subscribe("endless", try.query, nil)
				e.exec(try.commit)
			} else {
				c.send(map[string]any{"type": "subscribe", "subscription": map[string]any{"id": "endless", "sql": try.query}})
			}
			began := time.Now()
			e.exec("INSERT INTO calm VALUES ($1)", i)
			bystander.one()
			if took := time.Since(began); took > 4*time.Second {
				t.Errorf("somebody else waited for %v", took)
			}
			for {
				f := c.read()
				if f.Type == "subscription_ack" || f.Type == "changes" {
					continue
				}
				if f.Type != "subscription_end" || f.Reason != "state_limit" || f.Code != "53400" {
					t.Fatalf("%.300s", f.raw)
				}
				break
			}
		})
	}
}

// TestCostlyQueryIsShed: a live query that takes longer than commits come is ended before
// writers have to wait for it, and others are told of all of them.
func TestCostlyQueryIsShed(t *testing.T) {
	e := start(t)
	e.exec("CREATE TABLE costly (id int PRIMARY KEY)")
	c, bystander := e.dial("postgres"), e.dial("postgres")
	// However fast the machine is, a row takes it far longer than its commit: by a hundredth
	// of a second at least, which is what minutes for all that may wait begin with.
	c.subscribe("costly", "SELECT id, (SELECT max(g * id % 1000) FROM generate_series(1, 1000000) AS g) AS n FROM costly", nil)
	bystander.subscribe("last", "SELECT max(id) AS id FROM costly", nil)
	const commits = 7000
	e.exec("SET synchronous_commit = off")
	e.exec(fmt.Sprintf("DO $$ BEGIN FOR i IN 1..%d LOOP INSERT INTO costly VALUES (i); COMMIT; END LOOP; END $$", commits))
	for last := any(nil); last != float64(commits); {
		for _, ch := range bystander.read().Subscriptions[0].Changes {
			if ch.Row != nil {
				last = ch.Row["id"]
			}
		}
	}
	for {
		if f := c.read(); f.Type == "subscription_end" {
			if f.Reason != "state_limit" || f.Cursor == "" {
				t.Errorf("%s", f.raw)
			}
			break
		}
	}
}
