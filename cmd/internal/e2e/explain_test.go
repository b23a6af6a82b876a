package e2e

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

var rewriteExplain = flag.Bool("rewrite-explain", false, "write the expectations of testdata/explain as they are now")

// times are what differs from run to run.
var times = regexp.MustCompile(`\b(\d+\.\d{3})\b`)

// TestExplain compares what EXPLAIN prints. The file has, for each input, a line that
// begins with "=> " and the output, with times as T.
func TestExplain(t *testing.T) {
	s, _ := startForPsql(t)
	schema, err := os.ReadFile("testdata/explain/schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	if out := s.psql(t, string(schema), "-q"); out != "" {
		t.Fatal(out)
	}
	golden, err := os.ReadFile("testdata/explain/explain.golden")
	if err != nil {
		t.Fatal(err)
	}
	var written strings.Builder
	for _, section := range strings.Split("\n"+string(golden), "\n=> ")[1:] {
		input, want, _ := strings.Cut(section, "\n")
		got := times.ReplaceAllString(s.psql(t, input+"\n", "-qAt"), "T")
		fmt.Fprintf(&written, "=> %s\n%s", input, got)
		if !*rewriteExplain && strings.TrimRight(got, "\n") != strings.TrimRight(want, "\n") {
			t.Errorf("%s\ngot:\n%s\nwant:\n%s", input, got, want)
		}
	}
	if *rewriteExplain {
		if err := os.WriteFile("testdata/explain/explain.golden", []byte(written.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
