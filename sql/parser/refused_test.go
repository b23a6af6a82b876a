package parser

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const refusedPage = "../../docs/refused.md"

const refusedIntro = `# What is read and refused

Statements and clauses of PostgreSQL that kalamsql's parser reads, with their syntax checked, and that fail with 0A000 and
these names when they run. %s stands for a word of the statement. The parser's tests keep this page: ` + "`make golden`" + ` writes it.

`

// refusals are the names in the synopses of statements and in calls of refuse.
func refusals(t *testing.T) (statements, clauses []string) {
	for _, family := range compiled().statements {
		for _, s := range family {
			statements = append(statements, s.construct)
		}
	}
	followed := regexp.MustCompile(`p\.follow(?:Statement\(|ed\(start, )"[a-z]+", "([^"]+)"`)
	call := regexp.MustCompile(`p\.refuse\([^"\n]*, "([^"]*)"`)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range followed.FindAllSubmatch(text, -1) { // they have trees
			statements = slices.DeleteFunc(statements, func(s string) bool { return s == string(m[1]) })
		}
		for _, m := range call.FindAllSubmatch(text, -1) {
			if string(m[1]) != "%s" {
				clauses = append(clauses, string(m[1]))
			}
		}
	}
	for _, k := range definedKinds {
		name := strings.ToUpper(strings.Join(k.words, " "))
		statements = slices.DeleteFunc(statements, func(s string) bool {
			return s == "DROP "+name || s == "ALTER "+name && name != "COLLATION"
		})
	}
	for _, name := range []string{"FOREIGN DATA WRAPPER", "SERVER", "USER MAPPING", "IMPORT FOREIGN SCHEMA"} {
		statements = slices.DeleteFunc(statements, func(s string) bool { return strings.HasSuffix(s, name) })
	}
	slices.Sort(statements)
	slices.Sort(clauses)
	return slices.Compact(statements), slices.Compact(clauses)
}

// TestRefusedPage: the page of what is refused lists what is refused.
func TestRefusedPage(t *testing.T) {
	statements, clauses := refusals(t)
	page := refusedIntro + "Statements:\n\n"
	for _, s := range statements {
		page += "- " + s + "\n"
	}
	page += "\nClauses and expressions:\n\n"
	for _, s := range clauses {
		page += "- " + s + "\n"
	}
	if *rewrite {
		if err := os.WriteFile(refusedPage, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(refusedPage)
	if err != nil || string(text) != page {
		t.Errorf("docs/refused.md is not what is refused: go test ./sql/parser -rewrite writes it (%v)", err)
	}
}
