package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// parsed is the answer to one line of parse --jsonl.
type parsed struct {
	OK       bool   `json:"ok"`
	Kind     string `json:"kind,omitempty"`
	SQL      string `json:"sql,omitempty"`
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
	list, err := parser.Parse(string(text))
	if err != nil {
		e := sqlerr.From(err).Resolve(string(text))
		fmt.Fprintf(errs, "%s: %s (character %d)\n", e.Code, e.Message, e.Position)
		return 1
	}
	for _, p := range list {
		if p.Statement != nil {
			fmt.Fprintf(w, "%s;\n", parser.Format(p))
		}
	}
	return 0
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
		if u, ok := p.Statement.(*ast.UnsupportedStmt); ok && answer.Code == "" {
			e := sqlerr.Unsupported("%s", u.Construct).At(u.Pos()).Resolve(sql)
			answer.OK, answer.Code, answer.Position, answer.Message = false, string(e.Code), e.Position, e.Message
		}
	}
	return answer
}
