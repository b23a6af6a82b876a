package types

import (
	"sync/atomic"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// Uncommitted is the mark that a transaction puts on the labels that it adds to enums: they
// cannot be used before it is committed, when it takes the mark away from all of them.
type Uncommitted struct{ over atomic.Bool }

// Holds says whether the transaction is still open; a nil mark is none.
func (u *Uncommitted) Holds() bool { return u != nil && !u.over.Load() }

// End takes the mark away; there may be none.
func (u *Uncommitted) End() {
	if u != nil {
		u.over.Store(true)
	}
}

// NewLabel is a label of an enum that a transaction has added.
type NewLabel struct {
	Name string
	Mark *Uncommitted
}

// usable refuses a label that the transaction under way has added.
func (t *Type) usable(label string) error {
	for _, l := range t.NewLabels {
		if l.Name == label && l.Mark.Holds() {
			return sqlerr.New(sqlerr.UnsafeNewEnumValueUsage, "unsafe use of new value \"%s\" of enum type %s", label, t).
				WithHint("New enum values must be committed before they can be used.")
		}
	}
	return nil
}
