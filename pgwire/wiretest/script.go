package wiretest

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// RunScript runs a script against the server at an address, which may have a
// slash and a database behind it. rewrite makes what the server says the
// expectation.
func RunScript(t testing.TB, path, address string, rewrite bool) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var written bytes.Buffer
	address, database, named := strings.Cut(address, "/")
	who := [][2]string{{"user", "postgres"}}
	if named {
		who = append(who, [2]string{"database", database})
	}
	var c *Client
	for line := range strings.Lines(string(text)) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		var s Step
		decoder := json.NewDecoder(strings.NewReader(line))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&s); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if c == nil || s.Startup != nil {
			c = Dial(t, address)
			if s.Startup == nil {
				c.Startup(t, Version30, who)
			}
		}
		got := c.Step(t, s)
		if rewrite {
			s.Want = got
		} else if s.Until != "" && !slices.Equal(got, s.Want) {
			t.Errorf("%s\n%s\n got:\n  %s\nwant:\n  %s", path, line[:min(len(line), 300)], strings.Join(got, "\n  "), strings.Join(s.Want, "\n  "))
		}
		encoder := json.NewEncoder(&written)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(s); err != nil {
			t.Fatal(err)
		}
	}
	if rewrite {
		if err := os.WriteFile(path, written.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
