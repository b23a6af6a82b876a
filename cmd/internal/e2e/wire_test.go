package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
	"github.com/kalamsql/kalamsql/pgwire/wiretest"
)

// TestWireGoldens runs the protocol scripts that were recorded from PostgreSQL
// against a whole server.
func TestWireGoldens(t *testing.T) {
	s := testserver.Start(t)
	for _, pattern := range []string{"*.jsonl", "session/*/*.jsonl"} {
		scripts, err := filepath.Glob("../../../pgwire/testdata/" + pattern)
		if err != nil || len(scripts) == 0 {
			t.Fatal("no scripts", err)
		}
		for _, script := range scripts {
			name := strings.TrimSuffix(strings.TrimPrefix(filepath.ToSlash(script), "../../../pgwire/testdata/"), ".jsonl")
			if !strings.HasPrefix(name, "own_") {
				t.Run(name, func(t *testing.T) { wiretest.RunScript(t, script, s.SQLAddr(), false) })
			}
		}
	}
}
