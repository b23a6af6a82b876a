package sqllogictest

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Sort is how a query's rows are ordered before they are compared.
type Sort string

// The ways to sort.
const (
	NoSort    Sort = "nosort"
	RowSort   Sort = "rowsort"
	ValueSort Sort = "valuesort"
)

// Record is one statement or query of a script.
type Record struct {
	Line int // of its first line in the script
	SQL  string
	// Query: the statement's rows are compared.
	Query bool
	Types string
	Sort  Sort
	// Error: the statement must fail, with Code and Message if they are given.
	Error         bool
	Code, Message string
	// Want are the values expected; nil when WantHash stands for them.
	Want     []string
	WantHash string
	// HashThreshold is the most values that are listed when results are written.
	HashThreshold int
	// Label names the result: all queries of a label have the same.
	Label string
}

// Parse reads a script; systems are the names that skipif and onlyif may mean
// this server by.
func Parse(r io.Reader, systems ...string) ([]Record, error) {
	p := &scriptParser{lines: bufio.NewScanner(r), systems: systems}
	p.lines.Buffer(make([]byte, 1<<16), 1<<26)
	var records []Record
	for p.next() {
		rec, ok, err := p.record()
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", p.line, err)
		}
		if p.halted {
			break
		}
		if ok {
			records = append(records, rec)
		}
	}
	return records, p.lines.Err()
}

type scriptParser struct {
	lines   *bufio.Scanner
	text    string
	line    int
	systems []string
	skip    bool
	halted  bool
	hash    int
}

func (p *scriptParser) next() bool {
	if !p.lines.Scan() {
		return false
	}
	p.text = strings.TrimSuffix(p.lines.Text(), "\r")
	p.line++
	return true
}

func (p *scriptParser) means(name string) bool {
	for _, s := range p.systems {
		if s == name {
			return true
		}
	}
	return false
}

// record reads the record whose first line is the current one; ok is false for
// a line that is none, or for a record to leave out.
func (p *scriptParser) record() (rec Record, ok bool, err error) {
	words := strings.Fields(p.text)
	if len(words) == 0 || strings.HasPrefix(words[0], "#") {
		return rec, false, nil
	}
	rec.Line, rec.HashThreshold = p.line, p.hash
	argument := func(i int) string {
		if i < len(words) {
			return words[i]
		}
		return ""
	}
	switch words[0] {
	case "skipif":
		p.skip = p.skip || p.means(argument(1))
		return rec, false, nil
	case "onlyif":
		p.skip = p.skip || !p.means(argument(1))
		return rec, false, nil
	}
	skip := p.skip
	p.skip = false
	switch words[0] {
	case "halt":
		p.halted = !skip
		return rec, false, nil
	case "hash-threshold":
		p.hash, err = strconv.Atoi(argument(1))
		return rec, false, err
	case "statement":
		rec.Error = argument(1) == "error"
		if !rec.Error && argument(1) != "ok" && argument(1) != "count" {
			return rec, false, fmt.Errorf("statement must be ok or error, not %q", argument(1))
		}
		rest := words[min(2, len(words)):]
		if rec.Error && len(rest) > 0 && len(rest[0]) == 5 {
			rec.Code, rest = rest[0], rest[1:]
		}
		rec.Message = strings.Join(rest, " ")
		p.body(&rec)
	case "query":
		rec.Query, rec.Types, rec.Sort, rec.Label = true, argument(1), Sort(argument(2)), argument(3)
		if rec.Sort == "" {
			rec.Sort = NoSort
		}
		if rec.Sort != NoSort && rec.Sort != RowSort && rec.Sort != ValueSort {
			return rec, false, fmt.Errorf("unknown way to sort %q", rec.Sort)
		}
		if p.body(&rec) {
			p.results(&rec)
		}
	default:
		return rec, false, fmt.Errorf("unknown record %q", words[0])
	}
	return rec, !skip, nil
}

// body reads the SQL, up to a blank line or the line of dashes before results.
func (p *scriptParser) body(rec *Record) (results bool) {
	var lines []string
	for p.next() && p.text != "" {
		if p.text == "----" {
			results = true
			break
		}
		lines = append(lines, p.text)
	}
	rec.SQL = strings.Join(lines, "\n")
	return results
}

// results reads the values, up to a blank line.
func (p *scriptParser) results(rec *Record) {
	rec.Want = []string{}
	for p.next() && p.text != "" {
		if strings.Contains(p.text, " values hashing to ") {
			rec.WantHash, rec.Want = p.text, nil
			continue
		}
		rec.Want = append(rec.Want, p.text)
	}
}
