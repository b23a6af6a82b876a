package isolation

import (
	"fmt"
	"strings"
	"unicode"
)

// Spec is a script.
type Spec struct {
	Name         string
	Setup        []string
	Teardown     string
	Sessions     []*Session
	Permutations []*Permutation
}

// Session is one session of a script.
type Session struct {
	Name            string
	Setup, Teardown string
	Steps           []*Step
}

// Step is a query string with a name.
type Step struct {
	Name    string
	SQL     string
	Session *Session
}

// Permutation is an order of steps.
type Permutation struct {
	Steps []Turn
	// Differs says why this server is meant to answer otherwise, or is empty.
	Differs string
}

// Turn is a step's place in a permutation.
type Turn struct {
	*Step
	TimesOut bool // step(*)
	Gone     bool // step(gone)
}

// Title is how a permutation is announced.
func (p *Permutation) Title() string {
	var names []string
	for _, t := range p.Steps {
		names = append(names, t.Name)
	}
	return "starting permutation: " + strings.Join(names, " ")
}

// Parse reads a script.
func Parse(name, text string) (*Spec, error) {
	p := &parser{rest: text}
	s := &Spec{Name: name}
	steps := map[string]*Step{}
	var session *Session
	for {
		word := p.word()
		switch word {
		case "":
			if p.err == nil && p.rest != "" {
				p.fail("a word is expected")
			}
			if p.err != nil {
				return nil, fmt.Errorf("%s: %w", name, p.err)
			}
			if len(s.Permutations) == 0 {
				interleave(s, nil, make([]int, len(s.Sessions)))
			}
			return s, nil
		case "setup":
			if session != nil {
				session.Setup = p.block()
			} else {
				s.Setup = append(s.Setup, p.block())
			}
		case "teardown":
			if session != nil {
				session.Teardown = p.block()
			} else {
				s.Teardown = p.block()
			}
		case "session":
			session = &Session{Name: p.word()}
			s.Sessions = append(s.Sessions, session)
		case "step":
			step := &Step{Name: p.word(), Session: session}
			step.SQL = p.block()
			if session == nil || steps[step.Name] != nil {
				p.fail("step " + step.Name + " has no session, or is there twice")
				continue
			}
			steps[step.Name] = step
			session.Steps = append(session.Steps, step)
		case "permutation":
			s.Permutations = append(s.Permutations, p.permutation(steps))
		default:
			p.fail("unknown word " + word)
		}
	}
}

// interleave appends every order of the sessions' steps.
func interleave(s *Spec, so []Turn, at []int) {
	ended := true
	for i, session := range s.Sessions {
		if at[i] == len(session.Steps) {
			continue
		}
		ended = false
		at[i]++
		interleave(s, append(so[:len(so):len(so)], Turn{Step: session.Steps[at[i]-1]}), at)
		at[i]--
	}
	if ended {
		s.Permutations = append(s.Permutations, &Permutation{Steps: so})
	}
}

// parser reads a script's text. Its first error stays, and ends the text.
type parser struct {
	rest string
	err  error
}

func (p *parser) fail(what string) {
	if p.err == nil {
		at := p.rest
		if len(at) > 40 {
			at = at[:40]
		}
		p.err = fmt.Errorf("%s before %q", what, at)
	}
	p.rest = ""
}

func (p *parser) space() {
	for {
		p.rest = strings.TrimLeftFunc(p.rest, unicode.IsSpace)
		if !strings.HasPrefix(p.rest, "#") {
			return
		}
		_, p.rest, _ = strings.Cut(p.rest, "\n")
	}
}

// word reads a name; it is empty at the end and where there is none.
func (p *parser) word() string {
	p.space()
	end := strings.IndexFunc(p.rest, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if end < 0 {
		end = len(p.rest)
	}
	w := p.rest[:end]
	p.rest = p.rest[end:]
	return w
}

// block reads { ... }; braces within must be paired.
func (p *parser) block() string {
	p.space()
	if !strings.HasPrefix(p.rest, "{") {
		p.fail("{ is expected")
		return ""
	}
	depth := 0
	for i, r := range p.rest {
		switch r {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				b := strings.TrimSpace(p.rest[1:i])
				p.rest = p.rest[i+1:]
				return b
			}
		}
	}
	p.fail("} is missing")
	return ""
}

// permutation reads steps up to what is none.
func (p *parser) permutation(steps map[string]*Step) *Permutation {
	perm := &Permutation{}
	for {
		before := p.rest
		w := p.word()
		if w == "differs" {
			p.space()
			parts := strings.SplitN(p.rest, `"`, 3)
			if len(parts) < 3 || parts[0] != "" || parts[1] == "" {
				p.fail("a reason is expected")
				return perm
			}
			perm.Differs, p.rest = parts[1], parts[2]
			return perm
		}
		step := steps[w]
		if step == nil {
			p.rest = before
			if w != "" && w != "permutation" {
				p.fail("unknown step " + w)
			}
			return perm
		}
		turn := Turn{Step: step}
		if rest, ok := strings.CutPrefix(p.rest, "(*)"); ok {
			turn.TimesOut, p.rest = true, rest
		} else if rest, ok := strings.CutPrefix(p.rest, "(gone)"); ok {
			turn.Gone, p.rest = true, rest
		}
		perm.Steps = append(perm.Steps, turn)
	}
}
