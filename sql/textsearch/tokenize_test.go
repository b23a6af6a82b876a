package textsearch

import (
	"context"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// The recorded tokens are PostgreSQL's own: to record them anew,
//
//	go test ./sql/textsearch -rewrite -oracle 'host=127.0.0.1 port=5432 user=postgres'
var (
	rewrite = flag.Bool("rewrite", false, "record the expected values from PostgreSQL")
	oracle  = flag.String("oracle", "host=127.0.0.1 port=5432 user=postgres", "PostgreSQL to record from")
)

const recorded = "testdata/tokens.tsv"

// pieces are what the texts are made of.
var pieces = []string{"a", "foo", "Bar", "é", "ñu", "12", "3", ".", "-", "_", "@", "/", ":", "//", "http://", "www.", "example.com", ".org", "e", "E",
	"+", " ", "  ", "<", ">", "<b>", "</b>", "<a href=\"x\">", "&", "&amp;", ";", "#", "~", "..", ",", "'", "\"", "\\", "<!--", "-->", "<script>", "</script>",
	"1.5", "2.3.4", "foo-bar", "x1", "?q=1", "ß", "日本", "(", ")", "!", "=", "%", "\n", ":8080"}

// TestTokens takes texts of random pieces apart as PostgreSQL does.
func TestTokens(t *testing.T) {
	if *rewrite {
		record(t)
	}
	data, err := os.ReadFile(recorded)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	if len(lines) < 1000 {
		t.Fatalf("%d texts are recorded", len(lines))
	}
	for _, line := range lines {
		var text, want string
		if _, err := fmt.Sscanf(line, "%q\t%q", &text, &want); err != nil {
			t.Fatal(line, err)
		}
		var got strings.Builder
		Tokenize(text, func(k Token) bool {
			fmt.Fprintf(&got, "%d[%s]", k.Kind, k.Text)
			return true
		})
		if got.String() != want {
			t.Errorf("%q\ngot  %s\nwant %s", text, got.String(), want)
		}
	}
}

func record(t *testing.T) {
	c, err := pgx.Connect(context.Background(), *oracle)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	random := rand.New(rand.NewSource(1))
	var out strings.Builder
	for range 1500 {
		var text strings.Builder
		for range 1 + random.Intn(9) {
			text.WriteString(pieces[random.Intn(len(pieces))])
		}
		var want string
		if err := c.QueryRow(context.Background(), "select coalesce(string_agg(tokid || '[' || token || ']', '' order by n), '') from ts_parse('default', $1) with ordinality as p(tokid, token, n)", text.String()).Scan(&want); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "%q\t%q\n", text.String(), want)
	}
	if err := os.WriteFile(recorded, []byte(out.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// FuzzTokenize looks for texts that are not taken apart whole.
func FuzzTokenize(f *testing.F) {
	for _, p := range pieces {
		f.Add(p + " " + p)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n := 0
		Tokenize(text, func(k Token) bool {
			if n++; k.Text == "" || n > 4*len(text)+4 {
				t.Fatalf("%q: token %d is %q", text, n, k.Text)
			}
			return true
		})
		if cfg := ConfigurationNamed("english"); cfg != nil {
			cfg.ToVector(text)
			if _, _, err := cfg.WebQuery(text); err != nil {
				t.Fatal(err)
			}
		}
	})
}
