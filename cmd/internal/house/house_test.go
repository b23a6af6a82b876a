package house

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const root = "../../.."

// TestFloorPlan reads the real imports of the repository.
func TestFloorPlan(t *testing.T) {
	imports, err := Imports(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(imports) < 10 {
		t.Fatalf("only %d packages were found below %s", len(imports), root)
	}
	for _, v := range Violations(imports) {
		t.Error(v)
	}
}

// TestFloorPlanSeesViolations plants violations and expects each to be found.
func TestFloorPlanSeesViolations(t *testing.T) {
	for _, c := range []struct{ pkg, imports, want string }{
		{"tables", Module + "/live", "tables (floor 3) imports live (floor 4)"},
		{"exec", Module + "/live", "exec (floor 4) imports live (floor 4)"},
		{"live", Module + "/exec/session", "live (floor 4) imports exec/session (floor 5)"},
		{"exec", "github.com/cockroachdb/pebble/v2", "exec imports github.com/cockroachdb/pebble/v2, which is storage's alone"},
		{"cellar", "fmt", "cellar is on no floor"},
	} {
		if got := Violations(map[string][]string{c.pkg: {c.imports}}); !slices.Contains(got, c.want) {
			t.Errorf("%s importing %s: got %q, want %q", c.pkg, c.imports, got, c.want)
		}
	}
	// And from a real file, so that the reading is tested too.
	dir := t.TempDir()
	file := "package tables\n\nimport _ \"" + Module + "/live\"\n"
	if err := os.MkdirAll(filepath.Join(dir, "tables"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "tables", "x.go"), []byte(file), 0o644); err != nil {
		t.Fatal(err)
	}
	imports, err := Imports(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := Violations(imports); len(got) != 1 || !strings.Contains(got[0], "imports live") {
		t.Errorf("planted file: %q", got)
	}
}
