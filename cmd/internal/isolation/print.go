package isolation

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// outcome is how a step ended.
type outcome struct {
	results []*pgconn.Result
	err     error
}

// print writes results as psql does without decoration, and an error with its
// SQLSTATE.
func (r *run) print(w io.Writer, o outcome) {
	for _, result := range o.results {
		if result.Err != nil {
			continue // it is the outcome's
		}
		switch {
		case len(result.FieldDescriptions) > 0:
			printRows(w, result)
		case result.CommandTag.Insert(), result.CommandTag.Update(), result.CommandTag.Delete(), strings.HasPrefix(result.CommandTag.String(), "MERGE"):
			fmt.Fprintln(w, result.CommandTag)
		}
	}
	var e *pgconn.PgError
	if o.err == nil {
		return
	}
	if !errors.As(o.err, &e) {
		fmt.Fprintln(w, "ERROR: ", o.err)
		return
	}
	fmt.Fprintf(w, "%s:  %s: %s\n", e.Severity, e.Code, r.named(e.Message))
	// How PostgreSQL came to find a dependency is its own matter.
	if e.Detail != "" && !strings.HasPrefix(e.Detail, "Reason code: ") {
		fmt.Fprintf(w, "DETAIL:  %s\n", r.named(e.Detail))
	}
	if e.Hint != "" {
		fmt.Fprintf(w, "HINT:  %s\n", e.Hint)
	}
}

func printRows(w io.Writer, result *pgconn.Result) {
	fields := result.FieldDescriptions
	widths := make([]int, len(fields))
	for i, f := range fields {
		widths[i] = len(f.Name)
		for _, row := range result.Rows {
			widths[i] = max(widths[i], len(row[i]))
		}
	}
	var head, line []string
	for i, f := range fields {
		head = append(head, fmt.Sprintf("%-*s", widths[i], f.Name))
		line = append(line, strings.Repeat("-", widths[i]))
	}
	fmt.Fprintln(w, strings.TrimRight(strings.Join(head, "|"), " "))
	fmt.Fprintln(w, strings.Join(line, "+"))
	for _, row := range result.Rows {
		var cells []string
		for i, v := range row {
			if numeric[fields[i].DataTypeOID] {
				cells = append(cells, fmt.Sprintf("%*s", widths[i], v))
			} else {
				cells = append(cells, fmt.Sprintf("%-*s", widths[i], v))
			}
		}
		fmt.Fprintln(w, strings.TrimRight(strings.Join(cells, "|"), " "))
	}
	rows := "rows"
	if len(result.Rows) == 1 {
		rows = "row"
	}
	fmt.Fprintf(w, "(%d %s)\n\n", len(result.Rows), rows)
}

// numeric are the types that stand to the right.
var numeric = map[uint32]bool{20: true, 21: true, 23: true, 26: true, 700: true, 701: true, 1700: true}

var (
	processes    = regexp.MustCompile(`([Pp]rocess) (\d+)`)
	transactions = regexp.MustCompile(`transaction \d+`)
	relations    = regexp.MustCompile(`relation (\d+) of database \d+`)
	tuples       = regexp.MustCompile(`ExclusiveLock on tuple \(\d+,\d+\) of relation \d+ of database \d+`)
	advisory     = regexp.MustCompile(`\[\d+,(\d+,\d+,\d+)\]`)
)

// named puts names in the place of numbers that differ from run to run.
func (r *run) named(text string) string {
	text = processes.ReplaceAllStringFunc(text, func(m string) string {
		parts := processes.FindStringSubmatch(m)
		pid, _ := strconv.ParseUint(parts[2], 10, 32)
		for _, s := range r.sessions {
			if s.pid == uint32(pid) {
				return parts[1] + " " + s.spec.Name
			}
		}
		return m
	})
	text = tuples.ReplaceAllString(text, "ShareLock on transaction 0")
	text = transactions.ReplaceAllString(text, "transaction <number>")
	text = advisory.ReplaceAllString(text, "[<database>,$1]")
	return relations.ReplaceAllStringFunc(text, func(m string) string {
		oid := relations.FindStringSubmatch(m)[1]
		result := r.control.ExecParams(context.Background(), "SELECT $1::oid::regclass::text", [][]byte{[]byte(oid)}, nil, nil, nil).Read()
		if result.Err != nil || len(result.Rows) == 0 {
			return m
		}
		return "relation " + string(result.Rows[0][0])
	})
}
