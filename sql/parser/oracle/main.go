// Oracle compares kalamsql's parser with PostgreSQL's own, which the C library
// libpg_query holds. It is a module of its own, so that the server stays pure Go.
//
//	go run . statements.jsonl [...]
//
// Each line is {"ok":true,"kind":"SelectStmt","sql":"..."}; ok and kind may be
// left out, PostgreSQL is asked anyway. Files that end in .sql are statements
// separated by semicolons. It prints
//
//   - agreement: of the statements that PostgreSQL's grammar accepts, those that
//     ours does; and of those it rejects, those that ours rejects, and in the same
//     words at the same place;
//   - misreads: statements whose canonical text PostgreSQL parses to another tree
//     than the statement itself. There must be none;
//   - what is accepted and refused when it runs, by construct.
//
// The exit code is 1 when there is a misread, or less agreement than -least.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"sort"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v6"
	pgparser "github.com/pganalyze/pg_query_go/v6/parser"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// statement is a line of a corpus.
type statement struct {
	SQL  string
	Kind string
}

// tally is what a run counts.
type tally struct {
	show                       int
	valid, accepted            int
	invalid, rejected, alike   int
	misreads, unread, examples int
	refused                    map[string]int
}

func main() {
	t := tally{refused: map[string]int{}}
	least := flag.Float64("least", 0.98, "the least agreement, of statements that PostgreSQL accepts")
	mutations := flag.Int("mutations", 0, "how many statements to make wrong and compare too: a token is left out, doubled, or exchanged with its neighbour")
	seed := flag.Uint64("seed", 1, "where the mutations begin")
	flag.IntVar(&t.show, "show", 10, "how many disagreements to show")
	flag.Parse()
	var all []statement
	for _, path := range flag.Args() {
		list, err := read(path)
		if err != nil {
			fmt.Fprintln(os.Stderr, "oracle:", err)
			os.Exit(2)
		}
		for _, s := range list {
			t.compare(s.SQL)
		}
		all = append(all, list...)
	}
	random := rand.New(rand.NewPCG(*seed, 0))
	for range *mutations {
		t.compare(mutate(random, all[random.IntN(len(all))].SQL))
	}
	t.print()
	if t.misreads > 0 || t.valid == 0 || float64(t.accepted)/float64(t.valid) < *least {
		os.Exit(1)
	}
}

func read(path string) (list []statement, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(path, ".sql") {
		for _, p := range parser.Split(string(text)) {
			list = append(list, statement{SQL: p.Text})
		}
		return list, nil
	}
	lines := bufio.NewScanner(strings.NewReader(string(text)))
	lines.Buffer(make([]byte, 1<<20), 1<<28)
	for lines.Scan() {
		var s statement
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		list = append(list, s)
	}
	return list, lines.Err()
}

// words are roughly the tokens of a text, with the space behind them.
var words = regexp.MustCompile(`(?s)(?:\w+|'[^']*'|"[^"]*"|--[^\n]*\n|[^\w\s])\s*`)

func mutate(random *rand.Rand, sql string) string {
	list := words.FindAllString(sql, -1)
	if len(list) < 2 {
		return sql
	}
	i := random.IntN(len(list) - 1)
	switch random.IntN(3) {
	case 0:
		list = slices.Delete(list, i, i+1)
	case 1:
		list = slices.Insert(list, i, list[i])
	default:
		list[i], list[i+1] = list[i+1], list[i]
	}
	return strings.Join(list, "")
}

// example prints a disagreement, as long as there are few.
func (t *tally) example(what, sql string, args ...any) {
	if t.examples++; t.examples <= t.show {
		fmt.Println(what+":", strings.Join(strings.Fields(sql), " "))
		for _, a := range args {
			fmt.Println("    ", a)
		}
	}
}

func (t *tally) compare(sql string) {
	theirs, theirErr := pg_query.Parse(sql)
	list, err := parser.Parse(sql)
	if theirErr != nil {
		t.invalid++
		if err == nil {
			t.example("accepted, and PostgreSQL does not", sql, theirErr)
			return
		}
		t.rejected++
		e := sqlerr.From(err).Resolve(sql)
		if p, ok := theirErr.(*pgparser.Error); !ok || p.Message == e.Message && p.Cursorpos == e.Position {
			t.alike++
		} else {
			t.example("rejected otherwise", sql, fmt.Sprintf("%s @%d", p.Message, p.Cursorpos), fmt.Sprintf("%s @%d", e.Message, e.Position))
		}
		return
	}
	t.valid++
	if err != nil {
		t.example("rejected, and PostgreSQL does not", sql, err)
		return
	}
	t.accepted++
	var text []string
	for _, p := range list {
		if p.Statement == nil {
			continue
		}
		text = append(text, parser.Format(p))
		if u, ok := p.Statement.(*ast.UnsupportedStmt); ok {
			t.refused[u.Construct]++
		}
	}
	canonical := strings.Join(text, "; ")
	ours, err := pg_query.Parse(canonical)
	if err != nil {
		t.misreads++
		t.example("misread", sql, canonical, err)
		return
	}
	without(theirs.ProtoReflect())
	without(ours.ProtoReflect())
	if !proto.Equal(theirs, ours) {
		t.misreads++
		t.example("misread", sql, canonical)
	}
}

// without clears what says where in the text something stood.
func without(m protoreflect.Message) {
	var places []protoreflect.FieldDescriptor
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.Name() == "fval" && f.Kind() == protoreflect.StringKind: // 1_000_000_000_000
			m.Set(f, protoreflect.ValueOfString(strings.ReplaceAll(v.String(), "_", "")))
		case strings.HasSuffix(string(f.Name()), "location") || slices.Contains([]string{"stmt_len", "rexpr_list_start", "rexpr_list_end", "list_start", "list_end"}, string(f.Name())):
			places = append(places, f)
		case f.IsList() && f.Message() != nil:
			for i := range v.List().Len() {
				without(v.List().Get(i).Message())
			}
		case f.Message() != nil && !f.IsMap():
			without(v.Message())
		}
		return true
	})
	for _, f := range places {
		m.Clear(f)
	}
}

func (t *tally) print() {
	percent := func(n, of int) float64 { return 100 * float64(n) / float64(max(of, 1)) }
	fmt.Printf("agreement: %d of %d valid statements accepted (%.2f %%), %d of %d invalid ones rejected (%.2f %%), %d alike (%.2f %%)\n",
		t.accepted, t.valid, percent(t.accepted, t.valid), t.rejected, t.invalid, percent(t.rejected, t.invalid), t.alike, percent(t.alike, t.invalid))
	fmt.Printf("misreads: %d\n", t.misreads)
	var names []string
	total := 0
	for name, n := range t.refused {
		names = append(names, name)
		total += n
	}
	sort.Slice(names, func(i, j int) bool { return t.refused[names[i]] > t.refused[names[j]] })
	fmt.Printf("refused by construct: %d\n", total)
	for _, name := range names {
		fmt.Printf("%6d %s\n", t.refused[name], name)
	}
}
