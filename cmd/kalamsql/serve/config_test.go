package serve

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestPrecedence: a flag beats the environment, which beats the file.
func TestPrecedence(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kalamsql.toml")
	text := "data = \"from-file\"\nsql_addr = \"127.0.0.1:1\"\nlog-level = \"warn\"\nshutdown-timeout = \"3s\"\njwt-algorithms = [\"ES256\", \"RS256\"]\nmax-subscriptions = 7\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"KALAMSQL_CONFIG": path, "KALAMSQL_DATA": "from-env", "KALAMSQL_SQL_ADDR": "127.0.0.1:2"}
	c, err := ReadConfig([]string{"--data", "from-flag"}, func(name string) (string, bool) { v, ok := env[name]; return v, ok })
	if err != nil {
		t.Fatal(err)
	}
	if c.Data != "from-flag" || c.SQLAddr != "127.0.0.1:2" || c.LogLevel != "warn" || c.ShutdownTimeout != 3*time.Second || c.MaxSubscriptions != 7 ||
		strings.Join(c.JWTAlgorithms, " ") != "ES256 RS256" || c.HTTPAddr != "127.0.0.1:5455" {
		t.Errorf("%+v", c)
	}
	if err := os.WriteFile(path, []byte("colour = \"red\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadConfig([]string{"--config", path}, os.LookupEnv); err == nil || !strings.Contains(err.Error(), `unknown setting "colour"`) {
		t.Errorf("an unknown setting: %v", err)
	}
}

func TestAddresses(t *testing.T) {
	none := func(string) (string, bool) { return "", false }
	for _, try := range []struct {
		args []string
		ok   bool
	}{
		{[]string{"--sql-addr", "[::1]:0"}, true}, {[]string{"--sql-addr", "localhost:0"}, true}, {[]string{"--http-addr", ":5455"}, false},
		{[]string{"--http-addr", "10.0.0.1:5455"}, false}, {[]string{"--http-addr", "10.0.0.1:5455", "--auth", "scram"}, true}, {[]string{"--sql-addr", "nonsense"}, false},
	} {
		if _, err := ReadConfig(try.args, none); (err == nil) != try.ok {
			t.Errorf("%v: %v", try.args, err)
		}
	}
}
