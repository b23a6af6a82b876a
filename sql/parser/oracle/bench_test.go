package main

import (
	"testing"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"github.com/kalamsql/kalamsql/sql/parser"
)

// statements are those whose parsing is measured, ours beside PostgreSQL's own:
//
//	go test -bench . -benchmem
var statements = []struct{ name, sql string }{
	{"insert", "INSERT INTO message (room, author, body) VALUES ($1, $2, 'hello there')"},
	{"select", "SELECT id, room, author, body FROM message WHERE id = $1"},
	{"update", "UPDATE account SET a = 1, b = 'two', c = c + 3, d = $1, e = now(), f = 1.5, g = NULL, h = true, i = lower(h), j = j || 'x' WHERE id = $2"},
	{"join", "SELECT m.id, m.body, a.name, r.title FROM message m JOIN author a ON a.id = m.author JOIN room r ON r.id = m.room LEFT JOIN seen s ON s.message = m.id AND s.author = $1 WHERE r.id = $2 AND m.created_at > now() - interval '1 day' ORDER BY m.id DESC LIMIT 50"},
}

func BenchmarkParse(b *testing.B) {
	for _, s := range statements {
		b.Run(s.name+"/kalamsql", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := parser.Parse(s.sql); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(s.name+"/pg_query", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := pg_query.Parse(s.sql); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
