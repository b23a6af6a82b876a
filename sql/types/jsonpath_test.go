package types

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// shape writes a path with every part of it enclosed.
func shape(n *PathNode) string {
	if n == nil {
		return ""
	}
	out := fmt.Sprintf("(%d %q %v %v %d %d %s", n.Op, n.Str, n.Num, n.Bool, n.From, n.To, n.Flags)
	for _, r := range n.Ranges {
		out += "[" + shape(r.From) + shape(r.To) + "]"
	}
	return out + shape(n.Left) + "," + shape(n.Right) + ")" + shape(n.Next)
}

// FuzzJSONPath: whatever is given is a path or an error of the database, and the
// text of a path is the same path.
func FuzzJSONPath(f *testing.F) {
	for _, s := range []string{
		`$`, `strict $.a."b c"[*][0, 1 to last - 1].**{2 to last}.*`, `$ ? (@.a == 1 && !(@.b < -2.5e1) || exists(@.c)).size()`,
		`($.a starts with $"x") is unknown`, `$.a like_regex "^b" flag "im"`, `-(1).abs() + +$x % 3`, `$.a.datetime("HH24:MI")`,
		`"\u0041\x42\u{43}\n\ud83d\ude00"`, `$.a/* c */.b`, `$.a\u0062`,
		`((1 == 1) is unknown).type()`, `$[(1 + 2).abs()]`, `(-$.a).b * 2`, `(exists($)).type()`, `?((!($ == 1)).x == 1)`, `((`, `1a`, `$[`, `"`, `\`, `/*`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := JSONPath.Input(s, NoTypmod, nil)
		if err != nil {
			var se *sqlerr.Error
			if !errors.As(err, &se) {
				t.Fatalf("%q: not an error of the database: %v", s, err)
			}
			return
		}
		text := JSONPath.Text(v, nil)
		again, err := JSONPath.Input(text, NoTypmod, nil)
		if err != nil {
			t.Fatalf("%q has the text %q: %v", s, text, err)
		}
		if got := JSONPath.Text(again, nil); got != text || shape(v.JSONPath().Root) != shape(again.JSONPath().Root) {
			t.Fatalf("%q has the text %q, and that %q", s, text, got)
		}
	})
}

// TestJSONPathDepth: what is nested too deeply is refused with 54001, however it
// is nested.
func TestJSONPathDepth(t *testing.T) {
	const n = 100_000
	for name, s := range map[string]string{
		"parentheses": strings.Repeat("(", n) + "$" + strings.Repeat(")", n),
		"signs":       strings.Repeat("-", n) + "$",
		"sums":        "1" + strings.Repeat("+1", n),
		"conditions":  "$ == 1" + strings.Repeat(" && $ == 1", n),
		"filters":     strings.Repeat("$?(", n) + "$ == 1" + strings.Repeat(")", n),
		"subscripts":  strings.Repeat("$[", n) + "0" + strings.Repeat("]", n),
		"negations":   strings.Repeat("!(", n) + "$ == 1" + strings.Repeat(")", n),
	} {
		_, err := ParseJSONPath(s)
		var se *sqlerr.Error
		if !errors.As(err, &se) || se.Code != sqlerr.StatementTooComplex {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestJSONPathBinary: the binary form is a version and the text.
func TestJSONPathBinary(t *testing.T) {
	v, err := JSONPath.Input("strict  $.a", NoTypmod, nil)
	if err != nil {
		t.Fatal(err)
	}
	b := JSONPath.AppendBinary(nil, v, nil)
	if want := "\x01strict $.\"a\""; string(b) != want {
		t.Fatalf("got %q, want %q", b, want)
	}
	back, err := JSONPath.Receive(b, NoTypmod, nil)
	if err != nil || JSONPath.Text(back, nil) != `strict $."a"` {
		t.Fatal(back, err)
	}
	if _, err := JSONPath.Receive([]byte("\x02$"), NoTypmod, nil); err == nil || !strings.Contains(err.Error(), "unsupported jsonpath version number: 2") {
		t.Fatal(err)
	}
	if _, err := JSONPath.Receive(nil, NoTypmod, nil); err == nil {
		t.Fatal("an empty message was accepted")
	}
}
