package parser

import (
	"testing"
)

// TestFormat: what Format writes is read back as what it was.
func TestFormat(t *testing.T) {
	for from, want := range map[string]string{
		"create  TABLE Foo (a int PRIMARY KEY, -- the key\n\"B\" text DEFAULT 'x''y')": `create table foo(a int primary key, "B" text default 'x''y')`,
		"select  1+2 as  X /* c */ from T":                                             "SELECT 1 + 2 AS x FROM t",
		"DROP TABLE a.b , c CASCADE":                                                   "drop table a.b, c cascade",
		"set search_path to A, 'B'":                                                    "set search_path to a, 'B'",
		"alter table t add check (a - -1 > 0)":                                         "alter table t add check (a - - 1 > 0)",
		"GRANT select, Insert ON t TO public":                                          "grant select, insert on t to public",
	} {
		list, err := Parse(from)
		if err != nil {
			t.Errorf("%s: %v", from, err)
			continue
		}
		got := Format(list[0])
		if got != want {
			t.Errorf("%s\n got: %s\nwant: %s", from, got, want)
		}
		again, err := Parse(got)
		if err != nil || Format(again[0]) != got {
			t.Errorf("%s is not stable: %v", got, err)
		}
	}
}

// FuzzParse: no text brings the parser down, and what it accepts it can write
// and read again.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"SELECT a, 'b' FROM t WHERE x = $1", "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING", "CREATE TABLE t (a int)", "SELECT E'\\x', U&'\\0041', $$x$$, 1e5, .5", "WITH RECURSIVE t AS (SELECT 1) TABLE t",
		"LISTEN c FOR SELECT 1", "SELECT count(*) FILTER (WHERE a) OVER (PARTITION BY b ORDER BY c ROWS 1 PRECEDING)", "UPDATE t SET (a, b) = (1, 2)", "((((", "SELECT '"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		list, err := Parse(sql)
		if err != nil {
			return
		}
		for _, p := range list {
			if p.Statement == nil {
				continue
			}
			text := Format(p)
			again, err := Parse(text)
			if err != nil {
				t.Fatalf("%q was read, but not what it was written as: %q: %v", sql, text, err)
			}
			if len(again) == 1 && Format(again[0]) != text {
				t.Fatalf("%q, then %q", text, Format(again[0]))
			}
		}
	})
}

// TestDepth: deep nesting is an error, not the end of the process.
func TestDepth(t *testing.T) {
	deep := ""
	for range 100000 {
		deep += "("
	}
	if _, err := Parse("SELECT " + deep); err == nil {
		t.Error("accepted")
	}
}
