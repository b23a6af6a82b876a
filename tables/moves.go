package tables

import (
	"sync"

	"github.com/kalamsql/kalamsql/storage"
)

// moves remembers where rows have gone whose primary key was changed lately. A
// READ COMMITTED statement that has waited for such a row goes on with it where
// it is now, as it does with one that was changed in place.
type moves struct {
	mu struct {
		sync.Mutex
		from  map[string][]move // in the order of their commits
		queue []string          // the keys of from, as often as they have moves
	}
}

// move is a row's leaving of a key.
type move struct {
	to  string
	seq storage.Seq
}

// step is a move of the transaction under way; to another table if to is empty.
type step struct{ from, to string }

// LeftTable says that a row that was deleted has been inserted into another table as what
// it is: whoever has waited for it cannot go on with it, and must not take it for gone.
func (t *Tx) LeftTable(ref RowRef) { t.moved = append(t.moved, step{from: ref.key}) }

// movesKept bounds how many are remembered. Only those matter that were made
// after a statement began and before it came to the row.
const movesKept = 1 << 14

// committed notes the moves of a commit, before it is visible.
func (m *moves) committed(steps []step, seq storage.Seq) {
	if len(steps) == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.mu.from == nil {
		m.mu.from = map[string][]move{}
	}
	for _, s := range steps {
		m.mu.from[s.from] = append(m.mu.from[s.from], move{s.to, seq})
		m.mu.queue = append(m.mu.queue, s.from)
	}
	for len(m.mu.queue) > movesKept {
		key := m.mu.queue[0]
		m.mu.queue = m.mu.queue[1:]
		if rest := m.mu.from[key][1:]; len(rest) > 0 {
			m.mu.from[key] = rest
		} else {
			delete(m.mu.from, key)
		}
	}
}

// after says where the row went that was at a key as of a commit.
func (m *moves) after(key string, seq storage.Seq) (to string, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, move := range m.mu.from[key] {
		if move.seq > seq {
			return move.to, true
		}
	}
	return "", false
}
