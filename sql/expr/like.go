package expr

import (
	"strings"
	"unicode/utf8"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Like is LIKE or ILIKE with a constant pattern, compiled once. It is the Call
// it stands for in every other way.
type Like struct {
	*Call
	Pattern *LikePattern
	Negated bool
}

// makeLike turns a LIKE operator call with a constant pattern into a Like.
func makeLike(call *Call) Expr {
	var fold, negated bool
	switch call.Fn.Symbol {
	case "textlike", "namelike", "bpcharlike":
	case "textnlike", "namenlike", "bpcharnlike":
		negated = true
	case "texticlike", "nameiclike", "bpchariclike":
		fold = true
	case "texticnlike", "nameicnlike", "bpcharicnlike":
		fold, negated = true, true
	default:
		return call
	}
	k, ok := call.Args[1].(*Const)
	if !ok || k.Value.IsNull() {
		return call
	}
	p, err := CompileLike(k.Value.Str(), fold)
	if err != nil {
		return call // the error belongs to the evaluation
	}
	return &Like{Call: call, Pattern: p, Negated: negated}
}

// WithChildren compiles the pattern again if it has changed.
func (e *Like) WithChildren(c []Expr) Expr {
	call := e.Call.WithChildren(c).(*Call)
	if len(c) == 2 && c[1] == e.Args[1] {
		return &Like{Call: call, Pattern: e.Pattern, Negated: e.Negated}
	}
	return makeLike(call)
}

// Eval matches.
func (e *Like) Eval(c *Context, row types.Row) (types.Datum, error) {
	v, err := e.Args[0].Eval(c, row)
	if err != nil || v.IsNull() {
		return types.Null, err
	}
	return types.Bool(e.Pattern.Match(v.Str()) != e.Negated), nil
}

// LikePattern is a compiled LIKE pattern: literal pieces between wildcards.
type LikePattern struct {
	fold  bool
	parts []likePart
	// exact is set when there is no wildcard; prefix is the literal text that
	// every match begins with.
	exact  bool
	prefix string
}

// likePart is one element of a pattern.
type likePart struct {
	kind likeKind
	text string // of literal
}

type likeKind uint8

const (
	likeLiteral likeKind = iota
	likeOne              // _
	likeMany             // %
)

// CompileLike reads a pattern, in which a backslash quotes the next character.
// A backslash at its end is 22025.
func CompileLike(pattern string, fold bool) (*LikePattern, error) {
	if fold {
		pattern = strings.ToLower(pattern)
	}
	p := &LikePattern{fold: fold, exact: true}
	var lit strings.Builder
	flush := func() {
		if lit.Len() > 0 {
			p.parts = append(p.parts, likePart{likeLiteral, lit.String()})
			lit.Reset()
		}
	}
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; c {
		case '\\':
			i++
			if i == len(pattern) {
				return nil, sqlerr.New(sqlerr.InvalidEscapeSequence, "LIKE pattern must not end with escape character")
			}
			lit.WriteByte(pattern[i])
		case '%':
			flush()
			p.exact = false
			if n := len(p.parts); n == 0 || p.parts[n-1].kind != likeMany {
				p.parts = append(p.parts, likePart{kind: likeMany})
			}
		case '_':
			flush()
			p.exact = false
			p.parts = append(p.parts, likePart{kind: likeOne})
		default:
			lit.WriteByte(c)
		}
	}
	flush()
	if len(p.parts) > 0 && p.parts[0].kind == likeLiteral {
		p.prefix = p.parts[0].text
	}
	return p, nil
}

// Prefix gives the text that every match begins with, and whether the pattern is
// nothing but that text. It is empty for a case-insensitive pattern.
func (p *LikePattern) Prefix() (text string, exact bool) {
	if p.fold {
		return "", false
	}
	return p.prefix, p.exact
}

// Match says whether s as a whole matches.
func (p *LikePattern) Match(s string) bool {
	if p.fold {
		s = strings.ToLower(s)
	}
	if p.exact {
		return s == p.prefix
	}
	return matchLike(p.parts, s)
}

// matchLike walks the parts, going back only to the last %.
func matchLike(parts []likePart, s string) bool {
	i, at := 0, 0 // part, offset in s
	backPart, backAt := -1, 0
	for {
		ok := false
		switch {
		case i == len(parts):
			if at == len(s) {
				return true
			}
		case parts[i].kind == likeMany:
			backPart, backAt = i+1, at
			i++
			if i == len(parts) {
				return true
			}
			continue
		case parts[i].kind == likeOne:
			if at < len(s) {
				_, n := utf8.DecodeRuneInString(s[at:])
				at += n
				ok = true
			}
		case strings.HasPrefix(s[at:], parts[i].text):
			at += len(parts[i].text)
			ok = true
		}
		if ok {
			i++
			continue
		}
		if backPart < 0 || backAt >= len(s) {
			return false
		}
		_, n := utf8.DecodeRuneInString(s[backAt:])
		backAt += n
		if next := parts[backPart:]; next[0].kind == likeLiteral {
			skip := strings.Index(s[backAt:], next[0].text)
			if skip < 0 {
				return false
			}
			backAt += skip
		}
		i, at = backPart, backAt
	}
}

// likeEscape is like_escape(): a pattern with another escape character rewritten
// to use the backslash.
func likeEscape(pattern, escape string) (string, error) {
	if utf8.RuneCountInString(escape) > 1 {
		return "", sqlerr.New(sqlerr.InvalidEscapeSequence, "invalid escape string").WithHint("Escape string must be empty or one character.")
	}
	var b strings.Builder
	quoted := false
	for at, size := 0, 0; at < len(pattern); at += size {
		_, size = utf8.DecodeRuneInString(pattern[at:])
		switch r := pattern[at : at+size]; {
		case escape != "" && r == escape && !quoted:
			b.WriteByte('\\')
			quoted = true
			continue
		case r == `\` && !quoted && escape != `\`:
			b.WriteString(`\\`)
		case r == `\` && quoted:
			b.WriteByte('\\')
		default:
			b.WriteString(r)
		}
		quoted = false
	}
	return b.String(), nil
}
