package parser

import (
	"strings"
	"testing"
	"time"
)

// FuzzLex: tokens lie in order within their text, whatever the text.
func FuzzLex(f *testing.F) {
	for _, seed := range []string{`SELECT "a""b", U&'\0041' UESCAPE '!', $tag$ x $tag$ /* /* */ */ -- c`, "1_000 0x1F 0b1 0o7 1.5e-3 1e", `E'\u00e9\x41\101' B'01' x'ff'`, "a<=b->>c !=d @-e", "nulls first without time", "$1a", "'a'\n'b'"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		l, err := lex(sql)
		if err != nil {
			return
		}
		at := 0
		for i, tok := range l.toks {
			if tok.pos < at || tok.end < tok.pos || tok.end > len(sql) {
				t.Fatalf("%q: token %d is at %d to %d, after %d", sql, i, tok.pos, tok.end, at)
			}
			if at = tok.end; (tok.kind == tokEOF || tok.kind == tokError) != (i == len(l.toks)-1) {
				t.Fatalf("%q: the end is not the end", sql)
			}
		}
	})
}

// TestTruncation: a long name is cut between characters, with a notice.
func TestTruncation(t *testing.T) {
	long := strings.Repeat("é", 40)
	list, err := Parse("SELECT " + long)
	if err != nil {
		t.Fatal(err)
	}
	cut := strings.Repeat("é", 31)
	if want := `identifier "` + long + `" will be truncated to "` + cut + `"`; len(list[0].Notices) != 1 || list[0].Notices[0].Message != want {
		t.Errorf("notices %v", list[0].Notices)
	}
	if got := Format(list[0]); got != `SELECT "`+cut+`"` {
		t.Error(got)
	}
}

// TestLong: the time of a parse grows with its text: ten times the rows of an
// INSERT take no hundred times as long.
func TestLong(t *testing.T) {
	took := func(rows int) time.Duration {
		sql := "INSERT INTO t VALUES (1, 'one')" + strings.Repeat(", (2, ((3)))", rows)
		start := time.Now()
		if _, err := Parse(sql); err != nil {
			t.Fatal(err)
		}
		return time.Since(start)
	}
	took(1000)
	short, long := took(20_000), took(200_000)
	if long > 60*short+time.Second {
		t.Errorf("20,000 rows take %v, 200,000 rows %v", short, long)
	}
	t.Log(short, long)
}

// TestReuse: what one parse has given out is not touched by the next.
func TestReuse(t *testing.T) {
	first, err := Parse("SELECT a.b, 'x' FROM t WHERE c = $1")
	if err != nil {
		t.Fatal(err)
	}
	before := Deparse(first[0].Statement)
	for range 10 {
		if _, err := Parse("UPDATE other SET z.y = 'w', q = 'v' WHERE zz IN (1, 2, 3)"); err != nil {
			t.Fatal(err)
		}
	}
	if after := Deparse(first[0].Statement); after != before {
		t.Errorf("%s became %s", before, after)
	}
}
