package parser

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

// A synopsis is the grammar of a statement, or of a part of one, that is
// checked without making a tree: of what kalamsql has not got. It is written
// like the synopses of PostgreSQL's reference pages:
//
//	CREATE [ OR REPLACE ] RULE name AS ON event TO relation
//
// Words in capitals are keywords, words in small letters other rules (see
// rules.go and terminals.go), 'op' is an operator or punctuation; [ x ] is
// optional, { x } stands any number of times, ( x | y ) is a choice, and x ...
// is a list with commas. A choice takes the first alternative that matches, so
// longer ones stand before their own beginnings.
//
// A match that fails leaves the parser where it was and notes how far it got:
// the error of a statement is at the furthest token that any of its readings
// reached, which is the first token that no statement could have there.
type synopsis interface {
	// match advances over what matches, or says false and stays.
	match(p *parser) bool
}

type (
	keywordRule  string
	opRule       string
	sequenceRule []synopsis
	choiceRule   []synopsis
	optionalRule struct{ of synopsis }
	repeatRule   struct{ of synopsis }
	listRule     struct{ of synopsis }
	namedRule    struct{ name string }
)

func (r keywordRule) match(p *parser) bool {
	if p.take(string(r)) {
		return true
	}
	return p.miss()
}

func (r opRule) match(p *parser) bool {
	if p.accept(string(r)) {
		return true
	}
	return p.miss()
}

func (r sequenceRule) match(p *parser) bool {
	start := p.at
	for _, item := range r {
		if !item.match(p) {
			p.at = start
			return false
		}
	}
	return true
}

func (r choiceRule) match(p *parser) bool {
	for _, item := range r {
		if item.match(p) {
			return true
		}
	}
	return false
}

func (r optionalRule) match(p *parser) bool {
	r.of.match(p)
	return true
}

func (r repeatRule) match(p *parser) bool {
	for before := p.at; r.of.match(p) && p.at > before; before = p.at {
	}
	return true
}

func (r listRule) match(p *parser) bool {
	if !r.of.match(p) {
		return false
	}
	for {
		comma := p.at
		if !p.accept(",") {
			p.miss()
			return true
		}
		if !r.of.match(p) {
			p.at = comma
			return true
		}
	}
}

func (r namedRule) match(p *parser) bool {
	p.enter()
	defer p.leave()
	if terminal, ok := terminals[r.name]; ok {
		if terminal(p) {
			return true
		}
		return p.miss()
	}
	return rule(r.name).match(p)
}

// miss notes that the current token is not what a rule needs.
func (p *parser) miss() bool {
	p.reached = max(p.reached, p.at)
	return false
}

// follow reads what a rule describes, or reports where the text leaves it.
func (p *parser) follow(name string) {
	if !rule(name).match(p) {
		p.unexpected()
	}
}

// try is follow without the report.
func (p *parser) try(name string) bool { return rule(name).match(p) }

// unsupportedStatement reads a statement of a family, such as "create", by the
// synopses of those that have no tree.
func (p *parser) unsupportedStatement(family string) ast.Statement {
	loc := p.loc()
	for _, s := range compiled().statements[family] {
		if s.rule.match(p) {
			p.refuse(loc, "%s", s.construct)
			return &ast.UnsupportedStmt{Loc: loc, StmtKind: s.kind, Construct: s.construct}
		}
	}
	p.unexpected()
	return nil
}

// followStatement reads a statement of a family, that of construct only unless it is
// empty, by its synopsis, or reports where the text leaves it.
func (p *parser) followStatement(family, construct string) {
	for _, s := range compiled().statements[family] {
		if (construct == "" || s.construct == construct) && s.rule.match(p) {
			return
		}
	}
	p.unexpected()
}

// statementRule is a statement without a tree.
type statementRule struct {
	construct, kind string
	rule            synopsis
}

// compileSynopsis reads the notation. It panics if the notation is wrong: the
// rules are constants of this package, and a test compiles them all.
func compileSynopsis(text string) synopsis {
	c := &synopsisReader{words: strings.Fields(text)}
	r := c.choice()
	if c.at != len(c.words) {
		panic("parser: synopsis ends too early: " + text)
	}
	return r
}

// synopsisReader reads a synopsis; its words stand apart.
type synopsisReader struct {
	words []string
	at    int
}

func (c *synopsisReader) peek() string {
	if c.at < len(c.words) {
		return c.words[c.at]
	}
	return ""
}

func (c *synopsisReader) choice() synopsis {
	options := choiceRule{c.sequence()}
	for c.peek() == "|" {
		c.at++
		options = append(options, c.sequence())
	}
	if len(options) == 1 {
		return options[0]
	}
	return options
}

func (c *synopsisReader) sequence() synopsis {
	var items sequenceRule
	for {
		switch w := c.peek(); w {
		case "", "|", "]", "}", ")":
			if len(items) == 1 {
				return items[0]
			}
			return items
		case "...":
			c.at++
			items[len(items)-1] = listRule{items[len(items)-1]}
		default:
			items = append(items, c.item())
		}
	}
}

func (c *synopsisReader) item() synopsis {
	w := c.peek()
	c.at++
	closing := func(end string) synopsis {
		r := c.choice()
		if c.peek() != end {
			panic("parser: synopsis lacks " + end + ": " + strings.Join(c.words, " "))
		}
		c.at++
		return r
	}
	switch {
	case w == "[":
		return optionalRule{closing("]")}
	case w == "{":
		return repeatRule{closing("}")}
	case w == "(":
		return closing(")")
	case w[0] == '\'':
		return opRule(strings.Trim(w, "'"))
	case w == strings.ToUpper(w):
		return keywordRule(strings.ToLower(w))
	}
	return namedRule{w}
}
