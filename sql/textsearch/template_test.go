package textsearch

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestSynonyms: a dictionary of synonyms knows the words of its file and no others.
func TestSynonyms(t *testing.T) {
	dir, before := t.TempDir(), Directories
	Directories = []string{dir}
	defer func() { Directories = before }()
	if err := os.WriteFile(filepath.Join(dir, "words.syn"), []byte("postgres\tpgsql\nPostgreSQL pgsql\nindices index*\n\nlonely\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := NewDictionary(1, "words", synonymLexize, []Option{{"synonyms", "words"}})
	if err != nil {
		t.Fatal(err)
	}
	for word, want := range map[string]string{"Postgres": "pgsql", "postgresql": "pgsql", "indices": "index"} {
		if got, known := d.Lexemes(word); !known || !slices.Equal(got, []string{want}) {
			t.Errorf("%s gives %q, %v", word, got, known)
		}
	}
	if _, known := d.Lexemes("lonely"); known {
		t.Error("a word without a synonym is known")
	}
	sensitive, err := NewDictionary(1, "words", synonymLexize, []Option{{"synonyms", "words"}, {"CaseSensitive", "true"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, known := sensitive.Lexemes("Postgres"); known {
		t.Error("case makes no difference")
	}
	if _, err := NewDictionary(1, "words", synonymLexize, []Option{{"synonyms", "../words"}}); err == nil {
		t.Error("a file elsewhere was read")
	}
}
