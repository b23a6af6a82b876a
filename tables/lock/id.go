package lock

import (
	"crypto/rand"
	"encoding/binary"
	"unsafe"

	"github.com/dchest/siphash"
)

// id is what a lock is known by: a keyed hash of its name. Two names with the same
// hash are one lock: whoever wants the one waits for who has the other. Beside a million locks
// that are held that happens to one request in ten million million, and costs it a wait;
// without the key nobody can find such names on purpose.
type id uint64

// named is set in the ids of locks that are listed by their names.
const named id = 1 << 63

// Secret is the key of the hash.
type Secret [2]uint64

func newSecret() Secret {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return Secret{binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:])}
}

func (t *Table) id(name string) id {
	// The bytes of a string, which are only read.
	i := id(siphash.Hash(t.secret[0], t.secret[1], unsafe.Slice(unsafe.StringData(name), len(name)))) &^ named
	if t.named(name) {
		i |= named
	}
	return i
}

// Secret is what to keep with Grants.
func (t *Table) Secret() Secret { return t.secret }

// Adopt takes the secret over that an earlier table had, whose grants are to be
// restored. Nobody holds or wants anything, and nobody else knows the table yet.
func (t *Table) Adopt(s Secret) {
	t.clearIdle()
	t.secret = s
}
