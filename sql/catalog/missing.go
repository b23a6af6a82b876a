package catalog

import (
	"encoding/json"
	"sync"

	"github.com/kalamsql/kalamsql/sql/types"
)

// Missing is the value that a column has in rows that were written before it was added:
// ADD COLUMN ... DEFAULT need not touch them. It is stored as text and belongs to the type
// that the column had then.
type Missing struct {
	text  string
	once  sync.Once
	value types.Datum
}

// NewMissing keeps a value of a type, which must be a built-in one: those of users change.
func NewMissing(t *types.Type, value types.Datum) *Missing {
	return &Missing{text: string(t.AppendText(nil, value, types.DefaultEnv))}
}

// Text is the text form of the value.
func (m *Missing) Text() string { return m.text }

// Value is the value; t is the column's type.
func (m *Missing) Value(t *types.Type) types.Datum {
	m.once.Do(func() {
		// What AppendText has written Input reads.
		m.value, _ = t.Input(m.text, types.NoTypmod, types.DefaultEnv)
	})
	return m.value
}

// MarshalJSON stores the text.
func (m *Missing) MarshalJSON() ([]byte, error) { return json.Marshal(m.text) }

// UnmarshalJSON reads it.
func (m *Missing) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &m.text) }
