// Command differ runs generated queries on kalamsql and on a real PostgreSQL 15
// and compares what they answer: rows, names and types of columns, SQLSTATEs.
//
//	make differ                            # a minute
//	go run ./bench/differ -for 1h          # longer
//	go run ./bench/differ -seed 7 -queries 1000
//
// Every seed makes tables of random types with random rows, NULLs among them,
// and queries over them: expressions over every type, joins, subqueries,
// aggregates, grouping sets, windows, set operations; and over larger tables with indexes,
// queries for first rows. A query that differs is
// made as small as it can be while it still differs, and printed with both
// answers. The exit code is 1 when there was one.
//
// Two things do not count. An error in the data (class 22) that one server meets
// and the other does not: SQL leaves it open in which order conditions are
// evaluated. The last digits of double precision results, and type modifiers, which
// depend on what was folded.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kalamsql/kalamsql/bench/peer"
)

func main() {
	seed := flag.Uint64("seed", uint64(time.Now().Unix()), "where to begin")
	queries := flag.Int("queries", 500, "queries over the tables of one seed")
	duration := flag.Duration("for", time.Minute, "how long; whole seeds are run")
	program := flag.String("kalamsql", "bin/kalamsql", "the server to compare")
	most := flag.Int("most", 10, "differences after which to stop")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	found, err := run(ctx, *program, *seed, *queries, *most, *duration)
	if err != nil {
		fmt.Fprintln(os.Stderr, "differ:", err)
		os.Exit(2)
	}
	if found > 0 {
		os.Exit(1)
	}
}

func run(ctx context.Context, program string, seed uint64, queries, most int, duration time.Duration) (found int, err error) {
	work, err := os.MkdirTemp("", "kalamsql-differ-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(work)
	var d differ
	for i, start := range []func() (*peer.Server, error){
		func() (*peer.Server, error) { return peer.StartKalamsql(ctx, program, work) },
		func() (*peer.Server, error) { return peer.StartPostgreSQL(ctx, work) },
	} {
		s, err := start()
		if err != nil {
			return 0, err
		}
		defer func() { err = errors.Join(err, s.Stop()) }()
		if d.conns[i], err = pgconn.Connect(ctx, s.DSN()); err != nil {
			return 0, err
		}
	}
	run, unsettled := 0, 0
	for began := time.Now(); time.Since(began) < duration && found < most; seed++ {
		tables, script := schema(rand.New(rand.NewPCG(seed, 0)))
		if err := d.both(ctx, append([]string{"SET TimeZone = 'UTC'", "SET statement_timeout = '10s'"}, script...)); err != nil {
			return found, fmt.Errorf("seed %d: %w", seed, err)
		}
		for n := range queries {
			g := generator{tables: tables, choices: choices{random: rand.New(rand.NewPCG(seed, uint64(n)+1))}}
			sql := g.query()
			run++
			v, err := d.compare(ctx, sql)
			if err != nil {
				return found, fmt.Errorf("seed %d, query %d: %s: %w", seed, n, sql, err)
			}
			if v.unsettled {
				unsettled++
			}
			if v.same {
				continue
			}
			found++
			small := shrink(g.choices.list, func(list []int) bool {
				g := generator{tables: tables, choices: choices{list: list}}
				v, err := d.compare(ctx, g.query())
				return err == nil && !v.same
			})
			less := generator{tables: tables, choices: choices{list: small}}
			sql = less.query()
			v, err = d.compare(ctx, sql)
			if err != nil {
				return found, err
			}
			fmt.Printf("seed %d, query %d:\n%s;\n  kalamsql:   %s\n  PostgreSQL: %s\n\n", seed, n, sql, v.answers[0].describe(), v.answers[1].describe())
			if found == most {
				break
			}
		}
	}
	fmt.Printf("%d queries, %d different, %d with an error in the data on one side\n", run, found, unsettled)
	return found, nil
}

// differ is a connection to each server: kalamsql and PostgreSQL.
type differ struct{ conns [2]*pgconn.PgConn }

func (d *differ) both(ctx context.Context, script []string) error {
	for _, sql := range script {
		for i, c := range d.conns {
			if _, err := c.Exec(ctx, sql).ReadAll(); err != nil {
				return fmt.Errorf("%s: %s: %w", []string{"kalamsql", "PostgreSQL"}[i], sql, err)
			}
		}
	}
	return nil
}

// answer is what a server says to a query.
type answer struct {
	columns []string
	rows    []string
	err     *pgconn.PgError
}

func (a *answer) describe() string {
	if a.err != nil {
		return a.err.Code + " " + a.err.Message
	}
	rows := a.rows
	if len(rows) > 5 {
		rows = append(rows[:5:5], "...")
	}
	return fmt.Sprintf("%s: %d rows %s", strings.Join(a.columns, ", "), len(a.rows), strings.Join(rows, " "))
}

type verdict struct {
	answers         [2]*answer
	same, unsettled bool
}

func (d *differ) compare(ctx context.Context, sql string) (v verdict, err error) {
	for i, c := range d.conns {
		if v.answers[i], err = ask(ctx, c, sql); err != nil {
			return v, err
		}
	}
	a, b := v.answers[0], v.answers[1]
	switch {
	case a.err != nil && b.err != nil:
		first := inData(a.err) || unordered(a.err) // which of two is met first is open
		v.same = a.err.Code == b.err.Code || first && (inData(b.err) || unordered(b.err))
	case a.err != nil || b.err != nil:
		v.unsettled = a.err != nil && inData(a.err) || b.err != nil && inData(b.err)
		v.same = v.unsettled
	default:
		v.same = slices.Equal(a.columns, b.columns) && slices.Equal(a.rows, b.rows)
	}
	return v, nil
}

// inData says whether an error depends on which values were looked at: data
// exceptions, and a statement that took too long.
func inData(e *pgconn.PgError) bool {
	return strings.HasPrefix(e.Code, "22") || e.Code == "21000" || e.Code == "57014" || strings.Contains(e.Message, "multidimensional") || strings.HasPrefix(e.Message, "cannot convert ")
}

// unordered says whether an error is that of GREATEST and LEAST over values without an order,
// which is found out when the expression is first computed.
func unordered(e *pgconn.PgError) bool {
	return strings.HasPrefix(e.Message, "could not identify a comparison function")
}

func ask(ctx context.Context, c *pgconn.PgConn, sql string) (*answer, error) {
	results, err := c.Exec(ctx, sql).ReadAll()
	cut := oneOfEqual.MatchString(sql)
	a := &answer{}
	if err != nil {
		if !errors.As(err, &a.err) {
			return nil, err
		}
		return a, nil
	}
	for _, r := range results {
		for _, f := range r.FieldDescriptions {
			a.columns = append(a.columns, fmt.Sprintf("%s %d", f.Name, f.DataTypeOID))
		}
		for _, row := range r.Rows {
			var b strings.Builder
			for i, v := range row {
				if i > 0 {
					b.WriteByte('|')
				}
				switch {
				case v == nil:
					b.WriteString("NULL")
				case r.FieldDescriptions[i].DataTypeOID == 701:
					b.WriteString(rounded(string(v)))
				case r.FieldDescriptions[i].DataTypeOID == 1700 && cut:
					b.WriteString(unscaled(string(v)))
				default:
					fmt.Fprintf(&b, "%q", v)
				}
			}
			a.rows = append(a.rows, b.String())
		}
	}
	slices.Sort(a.rows)
	return a, nil
}

// oneOfEqual matches queries that keep one of equal values: which of 1.0 and 1.00
// is open.
var oneOfEqual = regexp.MustCompile(` ORDER BY 1|DISTINCT|UNION|INTERSECT|EXCEPT|GROUP BY|(max|min|first_value|last_value|nth_value|mode)\(`)

// unscaled is a numeric value without the zeros that it ends in.
func unscaled(text string) string {
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// rounded leaves the last digits of a double precision value out.
func rounded(text string) string {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text
	}
	return strconv.FormatFloat(f+0, 'g', 12, 64) // the two zeros are equal
}
