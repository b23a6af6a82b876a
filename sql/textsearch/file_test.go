package textsearch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestUnreadableFile: a file that cannot be read to its end makes no dictionary of its first lines.
func TestUnreadableFile(t *testing.T) {
	dir := t.TempDir()
	defer func(was []string) { Directories = was }(Directories)
	Directories = []string{dir}
	text := "a b\n" + strings.Repeat("x", 1<<20) + "\n"
	if err := os.WriteFile(filepath.Join(dir, "long.syn"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := NewDictionary(1, "d", synonymLexize, []Option{{"synonyms", "long"}}); err == nil || !strings.Contains(err.Error(), "could not read synonym file") {
		t.Fatal(err)
	}
}
