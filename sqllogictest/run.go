package sqllogictest

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Failure says which record did not do what the script expects.
type Failure struct {
	Record Record
	Reason string
}

func (f *Failure) Error() string {
	return fmt.Sprintf("line %d: %s\n%s", f.Record.Line, f.Reason, f.Record.SQL)
}

// Run runs one record on a connection. The error is a *Failure, or what broke
// the connection.
func Run(ctx context.Context, c *pgconn.PgConn, rec Record) error {
	values, err := execute(ctx, c, rec)
	var pgErr *pgconn.PgError
	if err != nil && !errors.As(err, &pgErr) {
		return fmt.Errorf("line %d: %w\n%s", rec.Line, err, rec.SQL)
	}
	switch {
	case rec.Error && err == nil:
		return &Failure{rec, "it should have failed"}
	case rec.Error && rec.Code != "" && pgErr.Code != rec.Code:
		return &Failure{rec, fmt.Sprintf("it failed with %s (%s), not %s", pgErr.Code, pgErr.Message, rec.Code)}
	case rec.Error && !strings.Contains(pgErr.Message, rec.Message):
		return &Failure{rec, fmt.Sprintf("it failed with %q, not %q", pgErr.Message, rec.Message)}
	case rec.Error:
		return nil
	case err != nil:
		return &Failure{rec, fmt.Sprintf("%s: %s", pgErr.Code, pgErr.Message)}
	case !rec.Query:
		return nil
	}
	if rec.WantHash != "" {
		if got := Hash(values); got != rec.WantHash {
			return &Failure{rec, fmt.Sprintf("got %s, want %s:\n%s", got, rec.WantHash, shorten(values))}
		}
		return nil
	}
	if !slices.Equal(values, split(rec)) {
		return &Failure{rec, fmt.Sprintf("got:\n%s\nwant:\n%s", shorten(values), shorten(rec.Want))}
	}
	return nil
}

// split gives the values expected: rows may be written one a line, with their
// values separated by spaces.
func split(rec Record) []string {
	if len(rec.Types) < 2 || len(rec.Want) == 0 {
		return rec.Want
	}
	var out []string
	for _, line := range rec.Want {
		fields := strings.Fields(line)
		if len(fields) != len(rec.Types) {
			return rec.Want
		}
		out = append(out, fields...)
	}
	return out
}

func shorten(values []string) string {
	if len(values) > 40 {
		return strings.Join(values[:40], "\n") + fmt.Sprintf("\n... %d values", len(values))
	}
	return strings.Join(values, "\n")
}

// execute runs a query and gives its values as scripts write them, sorted.
func execute(ctx context.Context, c *pgconn.PgConn, rec Record) ([]string, error) {
	results, err := c.Exec(ctx, rec.SQL).ReadAll()
	if err != nil {
		return nil, err
	}
	if len(results) == 0 {
		return nil, nil
	}
	var rows [][]string
	last := results[len(results)-1]
	for _, r := range last.Rows {
		row := make([]string, len(r))
		for i, v := range r {
			kind := byte('T')
			if i < len(rec.Types) {
				kind = rec.Types[i]
			}
			row[i] = format(kind, v)
		}
		rows = append(rows, row)
	}
	if rec.Sort == RowSort {
		sort.SliceStable(rows, func(i, j int) bool { return slices.Compare(rows[i], rows[j]) < 0 })
	}
	var values []string
	for _, r := range rows {
		values = append(values, r...)
	}
	if rec.Sort == ValueSort {
		sort.Strings(values)
	}
	return values, nil
}

// format writes a value as scripts do.
func format(kind byte, v []byte) string {
	if v == nil {
		return "NULL"
	}
	s := string(v)
	switch kind {
	case 'I':
		switch {
		case s == "t":
			return "1"
		case s == "f":
			return "0"
		}
		if f, err := strconv.ParseFloat(s, 64); err == nil && strings.ContainsAny(s, ".eE") {
			return strconv.FormatInt(int64(f), 10)
		}
		return s
	case 'R':
		if f, err := strconv.ParseFloat(s, 64); err == nil {
			return strconv.FormatFloat(f, 'f', 3, 64)
		}
		return s
	}
	if s == "" {
		return "(empty)"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '@'
		}
		return r
	}, s)
}

// Hash is how scripts write many values: each with a newline behind it, hashed.
func Hash(values []string) string {
	h := md5.New()
	for _, v := range values {
		h.Write([]byte(v))
		h.Write([]byte{'\n'})
	}
	return fmt.Sprintf("%d values hashing to %s", len(values), hex.EncodeToString(h.Sum(nil)))
}
