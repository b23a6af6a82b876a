package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// parsed is the answer to one line of parse --jsonl. A statement that is right
// and that the server refuses to run is ok, and Refused says what in it is not
// supported.
type parsed struct {
	OK       bool   `json:"ok"`
	Kind     string `json:"kind,omitempty"`
	SQL      string `json:"sql,omitempty"`
	Refused  string `json:"refused,omitempty"`
	Code     string `json:"code,omitempty"`
	Position int    `json:"position,omitempty"`
	Message  string `json:"message,omitempty"`
}

// parse runs the formatter and checker: statements separated by semicolons, or
// one JSON string a line.
func parse(args []string, in io.Reader, out, errs io.Writer) int {
	w := bufio.NewWriter(out)
	defer w.Flush()
	if slices.Contains(args, "--jsonl") {
		return parseLines(in, w, errs)
	}
	text, err := io.ReadAll(in)
	if err != nil {
		fmt.Fprintf(errs, "kalamsql parse: %v\n", err)
		return 1
	}
	failed := 0
	for _, part := range parser.Split(string(text)) {
		list, err := parser.Parse(part.Text)
		if err != nil {
			failed = 1
			e := sqlerr.From(err).Resolve(part.Text)
			fmt.Fprintf(w, "-- %s: %s (character %d)\n", e.Code, e.Message, e.Position+utf8.RuneCountInString(string(text)[:part.Start]))
			continue
		}
		for _, p := range list {
			if p.Statement == nil {
				continue
			}
			if u, ok := p.Statement.(*ast.UnsupportedStmt); ok {
				fmt.Fprintf(w, "-- 0A000: %s is not supported\n", u.Construct)
			}
			fmt.Fprintf(w, "%s;\n", parser.Format(p))
		}
	}
	return failed
}

func parseLines(in io.Reader, w *bufio.Writer, errs io.Writer) int {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 1<<20), 1<<28)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for lines.Scan() {
		var sql string
		if err := json.Unmarshal(lines.Bytes(), &sql); err != nil {
			fmt.Fprintf(errs, "kalamsql parse: a line is not a JSON string: %v\n", err)
			return 1
		}
		if err := enc.Encode(parseOne(sql)); err != nil {
			fmt.Fprintf(errs, "kalamsql parse: %v\n", err)
			return 1
		}
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintf(errs, "kalamsql parse: %v\n", err)
		return 1
	}
	return 0
}

func parseOne(sql string) parsed {
	list, err := parser.Parse(sql)
	if err != nil {
		e := sqlerr.From(err).Resolve(sql)
		return parsed{Code: string(e.Code), Position: e.Position, Message: e.Message}
	}
	answer := parsed{OK: true}
	for _, p := range list {
		if p.Statement == nil {
			continue
		}
		if answer.SQL != "" {
			answer.SQL += "; "
		} else {
			answer.Kind = p.Statement.Kind()
		}
		answer.SQL += parser.Format(p)
		if u, ok := p.Statement.(*ast.UnsupportedStmt); ok && answer.Refused == "" {
			answer.Refused = u.Construct + " is not supported"
		}
	}
	return answer
}
