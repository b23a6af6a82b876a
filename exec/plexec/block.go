package plexec

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/plpgsql"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// block runs a block: one with handlers in a subtransaction, which an error that one of
// them is for takes back.
func (f *frame) block(b *plpgsql.Block) (ending, error) {
	line, doing, around := f.line, f.doing, f.stmt
	if b.Declared != nil {
		f.line, f.stmt, f.doing = int(b.Line), nil, "during statement block local variable initialization"
	}
	for _, n := range b.Declared {
		f.line = f.fn.tree.Variables[n].Line
		if err := f.initialize(n); err != nil {
			return ending{}, err
		}
	}
	f.line, f.doing, f.stmt = line, doing, around
	if b.Handlers == nil {
		return f.statements(b.Body)
	}
	f.line, f.stmt, f.doing = int(b.Line), nil, "during statement block entry"
	sub := f.host.Subtransaction()
	end, err := f.statements(b.Body)
	if err == nil {
		err = sub.Commit()
		if err == nil {
			f.line, f.doing, f.stmt = line, doing, around
			return end, nil
		}
	}
	if err == ErrEnough {
		sub.Rollback()
		return end, err
	}
	caught := *f.located(err).(*sqlerr.Error)
	sub.Rollback()
	f.stale()
	for _, h := range b.Handlers {
		if f.ctx.Err() != nil || !handles(h, caught.Code) {
			continue
		}
		f.line, f.stmt, f.doing = int(b.Line), nil, "during exception cleanup"
		f.vars[b.SQLState].value = types.String(string(caught.Code))
		f.vars[b.SQLErrM].value = types.String(caught.Message)
		f.handled = append(f.handled, &caught)
		end, err := f.statements(h.Body)
		f.handled = f.handled[:len(f.handled)-1]
		if err == nil {
			f.line, f.doing, f.stmt = line, doing, around
		}
		return end, err
	}
	return ending{}, &located{&caught}
}

// handles says whether a handler is for an error.
func handles(h *plpgsql.Handler, code sqlerr.Code) bool {
	for _, c := range h.Conditions {
		if c.Others {
			if code != sqlerr.QueryCanceled && code != sqlerr.AssertFailure {
				return true
			}
			continue
		}
		for _, k := range c.Codes {
			if string(code) == k || strings.HasSuffix(k, "000") && strings.HasPrefix(string(code), k[:2]) {
				return true
			}
		}
	}
	return false
}

// located is an error that says already where in the function it came up.
type located struct{ err *sqlerr.Error }

// Error implements error.
func (l *located) Error() string { return l.err.Error() }

// Unwrap gives the error.
func (l *located) Unwrap() error { return l.err }

// initialize gives a variable the value that it begins with.
func (f *frame) initialize(n int) error {
	v := f.fn.tree.Variables[n]
	f.clear(n)
	if v.Cursor != nil {
		f.vars[n].value = types.String(v.Name)
		return nil
	}
	if v.Default == nil {
		if k := &f.fn.kinds[n]; k.typ.Kind == types.KindDomain {
			return f.store(n, typed{types.Null, undomained(k.typ), types.NoTypmod})
		}
		return nil
	}
	d, err := f.value(v.Default)
	if err != nil {
		return err
	}
	return f.store(n, d)
}
