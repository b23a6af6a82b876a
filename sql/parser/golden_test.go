package parser

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

// TestGolden: the statements of testdata/statements are read as the golden files
// beside them say: as a canonical text and a tree, or as an error and where it is.
// Module oracle checks that PostgreSQL reads them so.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/statements/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal("no statements", err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".sql"), func(t *testing.T) {
			source, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			for _, line := range statementsOf(string(source)) {
				fmt.Fprintf(&b, "%s\n%s\n", line, reading(t, line))
			}
			golden := strings.TrimSuffix(path, ".sql") + ".golden"
			if *rewrite {
				if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			got, all := strings.Split(b.String(), "\n\n"), strings.Split(string(want), "\n\n")
			for i := range max(len(got), len(all)) {
				g, w := at(got, i), at(all, i)
				if g != w {
					t.Errorf("got\n%s\nwant\n%s", g, w)
				}
			}
		})
	}
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return "nothing"
}

// statementsOf gives the statements of a file: each ends with a semicolon at the
// end of a line.
func statementsOf(source string) []string {
	var list []string
	for _, s := range strings.Split(strings.TrimSpace(source), ";\n") {
		list = append(list, strings.TrimSuffix(s, ";"))
	}
	return list
}

// reading says how a text is read.
func reading(t *testing.T, sql string) string {
	list, err := Parse(sql)
	if err != nil {
		e := sqlerr.From(err).Resolve(sql)
		hint := ""
		if e.Hint != "" {
			hint = " (" + e.Hint + ")"
		}
		return fmt.Sprintf("  !! %s at %d: %s%s\n", e.Code, e.Position, e.Message, hint)
	}
	var b strings.Builder
	for _, p := range list {
		text := Format(p)
		fmt.Fprintf(&b, "  => %s\n", text)
		again, err := Parse(text)
		if err != nil || len(again) != 1 {
			t.Errorf("%s is written as %s: %v", sql, text, err)
			continue
		}
		if u, ok := p.Statement.(*ast.UnsupportedStmt); ok {
			fmt.Fprintf(&b, "  %s, refused when it runs: %s\n", u.StmtKind, u.Construct)
			continue
		}
		tree := ast.Dump(p.Statement)
		if other := ast.Dump(again[0].Statement); other != tree {
			t.Errorf("%s is written as %s, and that is\n%s\ninstead of\n%s", sql, text, other, tree)
		}
		fmt.Fprintf(&b, "  %s %s\n", p.Statement.Kind(), tree)
	}
	return b.String()
}
