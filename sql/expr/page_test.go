package expr

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

const functionsPage = "../../docs/functions.md"

const functionsIntro = `# Functions and operators

What is there of PostgreSQL's functions, aggregates and operators, from the code itself: the tests of sql/expr keep this
page, and ` + "`go test ./sql/expr -run Page -rewrite`" + ` writes it. Each behaves as in PostgreSQL 15, or in 17 where 15 has not got it; what is not listed is
refused with 0A000 and its name if PostgreSQL has it, and with 42883 if not. Functions that only stand behind an operator,
a cast or the text form of a type are left out. Every function of pg_catalog that asks the catalog (pg_get_viewdef,
has_table_privilege, ...) is among them.

`

// there says whether a function has code.
func (f *Function) there() bool {
	return f.Eval != nil || f.Typed != nil || f.Aggregate != nil || f.OrderedSet != nil || f.Window != nil || f.Set != nil
}

// hidden says whether a function only serves something else: it takes or gives
// what no expression has, or an operator or a cast calls it.
func hidden(f *Function, served map[*Function]bool) bool {
	for _, t := range append(slices.Clone(f.Args), f.Result) {
		if t.Name == "cstring" || t.Name == "internal" {
			return true
		}
	}
	return served[f] && f.Kind == 'f'
}

// TestFunctionsPage: docs/functions.md lists what there is.
func TestFunctionsPage(t *testing.T) {
	load()
	served := map[*Function]bool{}
	operators := map[string][]string{}
	for name, list := range builtin.operators {
		for _, op := range list {
			served[op.Fn] = true
			if !op.Fn.there() {
				continue
			}
			left := ""
			if op.Left != nil {
				left = op.Left.SQLName + " "
			}
			operators[name] = append(operators[name], fmt.Sprintf("%s%s %s → %s", left, name, op.Right.SQLName, op.Result.SQLName))
		}
	}
	for _, c := range builtin.casts {
		served[c.Fn] = true
	}
	kinds := map[string]map[string][]string{"Functions": {}, "Functions that return sets": {}, "Aggregates": {}, "Window functions": {}}
	for _, f := range builtin.all {
		if !f.there() || hidden(f, served) {
			continue
		}
		kind, result := "Functions", f.Result.SQLName
		switch {
		case f.Kind == 'a':
			kind = "Aggregates"
		case f.Kind == 'w':
			kind = "Window functions"
		case f.ReturnsSet:
			kind, result = "Functions that return sets", "setof "+result
		}
		kinds[kind][f.Name] = append(kinds[kind][f.Name], f.Signature()+" → "+result)
	}
	page := functionsIntro
	section := func(title string, entries map[string][]string) {
		names := make([]string, 0, len(entries))
		for name := range entries {
			names = append(names, name)
		}
		slices.Sort(names)
		page += "## " + title + "\n\n"
		for _, name := range names {
			list := entries[name]
			slices.Sort(list)
			page += "- `" + strings.Join(slices.Compact(list), "`, `") + "`\n"
		}
		page += "\n"
	}
	for _, title := range []string{"Functions", "Functions that return sets", "Aggregates", "Window functions"} {
		section(title, kinds[title])
	}
	section("Operators", operators)
	page = strings.TrimSuffix(page, "\n")
	if *rewrite {
		if err := os.WriteFile(functionsPage, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(functionsPage)
	if err != nil || string(text) != page {
		t.Errorf("docs/functions.md is not what is there: go test ./sql/expr -run Page -rewrite writes it (%v)", err)
	}
}
